import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate, type Scope } from '../../../src/discovery/hcl/evaluate.ts';
import { pureFunctions } from '../../../src/discovery/hcl/functions/pure.ts';
import { parseFile } from '../../../src/discovery/hcl/parse.ts';
import { describeWithTerragrunt, repositoryOf } from './oracle.ts';

/** One expression a line; lines that begin with `#` are headings. */
const expressions = readFileSync(join(import.meta.dirname, 'expressions.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.replaceAll('⏎', '\n'));
/** As JSON text, so that types are compared, too. */
const asJson = (expression: string) => `try(jsonencode(${expression}), "no value")`;

const scope: Scope = { variable: () => undefined, function: (name) => pureFunctions.get(name) };
function ourValue(expression: string): unknown {
  const attribute = parseFile('expression.hcl', `value = ${asJson(expression)}\n`).body.attributes.get('value');
  return attribute && evaluate(attribute.value, scope);
}

describeWithTerragrunt('expressions', () => {
  test(`${expressions.length} of them have the value that Terragrunt gives them`, () => {
    const inputs = expressions.map((expression, index) => `  e${index} = ${asJson(expression)}\n`);
    using repository = repositoryOf({ 'terragrunt.hcl': `inputs = {\n${inputs.join('')}}\n` });
    const output = execFileSync('terragrunt', ['render', '--json'], {
      cwd: repository.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    });
    const { inputs: values } = JSON.parse(output) as { inputs: Record<string, unknown> };
    const theirs = Object.fromEntries(expressions.map((expression, index) => [expression, values[`e${index}`]]));
    const ours = Object.fromEntries(expressions.map((expression) => [expression, ourValue(expression)]));
    expect(ours).toEqual(theirs);
  });
});
