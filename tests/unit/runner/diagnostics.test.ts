import { warningsIn } from '../../../src/runner/diagnostics.ts';

/** As Terraform 1.15 prints it when it is not to colour. */
const plain = `
Plan: 1 to add, 0 to change, 0 to destroy.

Warning: Value for undeclared variable

The root module does not declare a variable named "nosuch" but a value was
found in file "terraform.tfvars".

To silence these warnings, use TF_VAR_... environment variables.

Warning: Deprecated attribute

  with aws_s3_bucket.logs,
  on modules/logs/main.tf line 10, in resource "aws_s3_bucket" "logs":
  10:   acl = "private"

The attribute "acl" is deprecated.

(and 2 more similar warnings elsewhere)

─────────────────────────────────────────────────────────────────────────────

Saved the plan to: p
`;

const told = [
  'Value for undeclared variable: The root module does not declare a variable named "nosuch" but a value was found in file "terraform.tfvars". To silence these warnings, use TF_VAR_... environment variables.',
  'Deprecated attribute: The attribute "acl" is deprecated. (and 2 more similar warnings elsewhere) (on modules/logs/main.tf line 10)',
];

describe('what a tool warns of', () => {
  test('is one sentence each, with its place', () => {
    expect(warningsIn(plain)).toEqual(told);
  });

  test('is the same in a box, and in colours', () => {
    const boxed = plain.replaceAll(/^Warning: .*$/gm, (line) => `╵\n╷\n${line}`).split('\n');
    const coloured = boxed.map((line) =>
      /^[╵╷─]/.test(line) ? line : `\u001b[33m│\u001b[0m \u001b[1m${line}\u001b[0m`,
    );
    expect(warningsIn(coloured.join('\n'))).toEqual(told);
  });

  test('is found where it is printed in short', () => {
    const compact = `
Warnings:

- Value for undeclared variable
- Deprecated attribute
  on main.tf line 10

To see the full warning notes, run Terraform without -compact-warnings.
`;
    expect(warningsIn(compact)).toEqual(['Value for undeclared variable', 'Deprecated attribute (on main.tf line 10)']);
  });

  test('is not what a resource has in a text of its own, nor an error', () => {
    expect(warningsIn('  + text = <<-EOT\n        Warning: not one\n    EOT\n\nError: It broke\n\nfor good\n')).toEqual(
      [],
    );
  });
});
