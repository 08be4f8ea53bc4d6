/**
 * cfn-lint and checkov on the template as it is packaged, with no settings and with all of them: nothing may be found but what
 * serverless/exceptions.yml says the reason of. cfn-lint looks at the resource schemas of every region that `config check` takes, too.
 * Argument: the folder of the two commands.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { otherPartitions, withoutCodeBuild, withoutFunctionUrls } from '../../src/config/regions.ts';
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

async function cfnLint(templates: string[], regions: string[]): Promise<Finding[]> {
  const options = ['--format', 'json', '--regions', ...regions, '--template', ...templates];
  const said = cfnLintSchema.parse(JSON.parse(await printed('cfn-lint', options)));
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

function partition<Item>(items: readonly Item[], is: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

/** Those that the linter has schemas of, without those that a configuration may not name. */
async function regionsToDeployTo(): Promise<string[]> {
  const known = await printed('python3', ['-c', 'from cfnlint.helpers import REGIONS; print(*REGIONS)']);
  const refused = (region: string) =>
    withoutCodeBuild.includes(region) || otherPartitions.some((beginning) => region.startsWith(beginning));
  return known
    .trim()
    .split(' ')
    .filter((region) => !refused(region));
}

/** As many accounts as one deployment has been seen with. */
const accounts = Object.fromEntries(
  Array.from({ length: 130 }, (_, index) => {
    const role = (name: string) => `arn:aws:iam::${String(100_000_000_000 + index)}:role/${name}`;
    return [`account-${index}/**`, { planRoleArn: role('plan'), applyRoleArn: role('apply') }];
  }),
);

await using plain = await packaged();
await using full = await packaged(everythingSet);
await using many = await packaged({ environments: accounts });
await using withoutPage = await packaged({ approvals: { page: { enabled: false } } });
const withPage = [plain.template, full.template, many.template];
const [reached, unreached] = partition(await regionsToDeployTo(), (region) => !withoutFunctionUrls.includes(region));
const findings = [
  ...(await cfnLint(withPage, reached)),
  ...(await cfnLint([withoutPage.template], [...reached, ...unreached])),
  ...(await checkov([plain.template, full.template])),
];
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
