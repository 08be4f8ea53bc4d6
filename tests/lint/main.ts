/**
 * cfn-lint and checkov on the template as it is packaged, with no settings and with all of them: nothing may be found but what
 * serverless/exceptions.yml says the reason of. Argument: the folder of the two commands.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { everythingSet } from '../support/everything-set.ts';
import { packaged } from '../support/packaged.ts';
import { type Finding, judge, readExceptions } from './exceptions.ts';

const [, , commands = ''] = process.argv;
const exceptionsFile = join(import.meta.dirname, '../../serverless/exceptions.yml');

const cfnLintSchema = z.array(
  z.object({
    Rule: z.object({ Id: z.string() }),
    Message: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  }),
);

/** Without findings it prints the counts alone. */
const checkovSchema = z.object({
  results: z
    .object({
      failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
    })
    .optional(),
});

/** What a command prints; it ends with an error when it found something. */
async function printed(command: string, args: string[]): Promise<string> {
  const run = promisify(execFile)(join(commands, command), args, { maxBuffer: 2 ** 26 });
  const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
  if (!stdout) throw new Error(`${command} said nothing but: ${stderr}`);
  return stdout;
}

async function cfnLint(templates: string[]): Promise<Finding[]> {
  const said = cfnLintSchema.parse(JSON.parse(await printed('cfn-lint', ['--format', 'json', ...templates])));
  return said.map(({ Rule, Message, Location }) => ({
    rule: Rule.Id,
    resource: String(Location.Path?.[1] ?? 'the template'),
    message: Message,
  }));
}

async function checkov(templates: string[]): Promise<Finding[]> {
  const files = templates.flatMap((template) => ['-f', template]);
  const options = ['--framework', 'cloudformation', '--skip-download', '--quiet', '--compact', '-o', 'json'];
  const { results } = checkovSchema.parse(JSON.parse(await printed('checkov', [...files, ...options])));
  return (results?.failed_checks ?? []).map(({ check_id, check_name, resource }) => ({
    rule: check_id,
    resource: resource.split('.').at(-1) ?? resource,
    message: check_name,
  }));
}

await using plain = await packaged();
await using full = await packaged(everythingSet);
const templates = [plain.template, full.template];
const findings = [...(await cfnLint(templates)), ...(await checkov(templates))];
const { refused, unneeded } = judge(findings, readExceptions(await readFile(exceptionsFile, 'utf8')));
const lines = [
  ...refused.map(({ rule, resource, message }) => `${resource}: ${rule}: ${message}`),
  ...unneeded.map(
    ({ rule, resource = 'everything' }) =>
      `serverless/exceptions.yml: ${rule} is found no more at ${resource}: take it out`,
  ),
];
for (const line of new Set(lines)) process.stdout.write(`${line}\n`);
process.stdout.write(
  lines.length > 0
    ? 'The template is not as the linters want it: mend it, or say in serverless/exceptions.yml why it is meant to be so.\n'
    : 'cfn-lint and checkov find nothing but what serverless/exceptions.yml has the reason of.\n',
);
process.exitCode = lines.length > 0 ? 1 : 0;
