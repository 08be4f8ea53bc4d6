// Command hcl-verdict says of HCL whether HashiCorp's parser takes it. Each line of the standard input is one file in base64 with a word before
// it: "native", "json" or "template". Each is answered by one line: "valid", or the place and the words of the first error.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadString('\n')
		if err != nil {
			return
		}
		kind, encoded, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		source, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(output, verdict(kind, source))
		if input.Buffered() == 0 {
			output.Flush()
		}
	}
}

func verdict(kind string, source []byte) string {
	var found hcl.Diagnostics
	switch kind {
	case "native":
		_, found = hclsyntax.ParseConfig(source, "", hcl.InitialPos)
	case "json":
		_, found = json.Parse(source, "")
	case "template":
		_, found = hclsyntax.ParseTemplate(source, "", hcl.InitialPos)
	default:
		return "unknown kind " + kind
	}
	for _, one := range found {
		if one.Severity == hcl.DiagError {
			return fmt.Sprintf("%d:%d: %s %q", one.Subject.Start.Line, one.Subject.Start.Column, one.Summary, one.Detail)
		}
	}
	return "valid"
}
