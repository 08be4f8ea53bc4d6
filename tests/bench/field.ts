/**
 * `npm run bench -- field`: what becomes of the newest commits of other people's repositories, of which BENCH_REPOSITORIES has clones (paths, ":"
 * between them). Each commit is compared with its first parent, without a configuration, without variables and without asking Terragrunt. Writes
 * docs/benchmarks/field.md, in which a repository is its size and kind.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configSchema } from '../../src/config/schema.ts';
import { selectUnits } from '../../src/discovery/select.ts';
import { discoverTouched } from '../../src/discovery/touched.ts';
import { messageOf } from '../../src/errors.ts';
import type { Tool } from '../../src/model.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const most = Number(process.env.BENCH_COMMITS ?? 60);
const repositories = (process.env.BENCH_REPOSITORIES ?? '').split(':').filter((path) => path !== '');
const config = configSchema.parse({});

/** What code is, wherever it lies. */
const isCode = (path: string) => /\.(tf|tofu|hcl|tfvars|tf\.json|tftpl|tmpl)$/.test(path);

interface Field {
  units: number;
  tools: Set<Tool>;
  stacks: boolean;
  commits: number;
  /** Nothing can be known of the commit. */
  refused: number;
  /** Commits in which a unit can't be understood, and such units in all of them, of all that are delivered. */
  withErrors: number;
  errors: number;
  delivered: number;
  /** Commits that touch no unit; of these, those with changed code, and of those again the ones of which no warning tells. */
  untouched: number;
  code: number;
  silent: number;
}

async function fieldOf(directory: string): Promise<Field> {
  const list = ['-C', directory, 'rev-list', '--first-parent', '--parents', `--max-count=${most}`, 'HEAD'];
  const commits = execFileSync('git', list, { encoding: 'utf8' }).trim().split('\n');
  const field: Field = {
    ...{ units: 0, tools: new Set(), stacks: false, commits: 0, refused: 0, withErrors: 0, errors: 0 },
    ...{ delivered: 0, untouched: 0, code: 0, silent: 0 },
  };
  for (const line of commits) {
    const [head = '', base] = line.split(' ');
    if (base === undefined) continue;
    field.commits++;
    try {
      await look(directory, { base, head }, field);
    } catch (error) {
      field.refused++;
      process.stderr.write(`${head}: ${messageOf(error)}\n`);
    }
  }
  return field;
}

async function look(directory: string, range: { base: string; head: string }, field: Field): Promise<void> {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const found = await discoverTouched(directory, { ...range, config, environment: {}, cacheDirectory: null, warn });
  const units = selectUnits({ ...found, carried: [], appliedCommit: () => null, config });
  const errors = units.filter(({ error }) => error !== undefined).length;
  field.units = Math.max(field.units, found.graph.length);
  for (const { path, tool } of found.graph) {
    field.tools.add(tool);
    field.stacks ||= path.includes('.terragrunt-stack');
  }
  field.delivered += units.length;
  field.errors += errors;
  if (errors > 0) field.withErrors++;
  if (units.length > 0) return;
  field.untouched++;
  const code = found.unread.filter(isCode);
  if (code.length > 0) field.code++;
  if (code.length > 0 && warnings.length === 0) {
    field.silent++;
    process.stderr.write(`${range.head} touches nothing: ${code.slice(0, 3).join(', ')}\n`);
  }
}

const names: Record<Tool, string> = { terragrunt: 'Terragrunt', opentofu: 'OpenTofu', terraform: 'Terraform' };

function kindOf({ tools, stacks }: Field): string {
  return [...(Object.keys(names) as Tool[]).filter((tool) => tools.has(tool)).map((tool) => names[tool])]
    .map((name) => (name === 'Terragrunt' && stacks ? 'Terragrunt with stacks' : name))
    .join(', ');
}

const fields: Field[] = [];
for (const directory of repositories) {
  process.stderr.write(`${basename(join(directory, '..'))}\n`);
  fields.push(await fieldOf(directory));
}
const sum = (of: (field: Field) => number) => fields.reduce((total, field) => total + of(field), 0);
const row = (name: string, value: (of: (field: Field) => number) => number) =>
  `| ${[
    name,
    value(({ commits }) => commits),
    value(({ refused }) => refused),
    value(({ delivered }) => delivered),
    value(({ errors }) => errors),
    value(({ withErrors }) => withErrors),
    value(({ untouched }) => untouched),
    value(({ code }) => code),
    value(({ silent }) => silent),
  ].join(' | ')} |`;
const table = [
  '| repository | commits | refused | units delivered | of these, with an error | commits with one | touching no unit | although code changed | without a warning |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...fields.map((field) => row(`${field.units} units, ${kindOf(field)}`, (of) => of(field))),
  row('**all**', sum),
].join('\n');
mkdirSync(docs, { recursive: true });
writeFileSync(
  join(docs, 'field.md'),
  `# Commits of public repositories

\`npm run bench -- field\`: the newest ${most} commits, at most, of ${fields.length} public repositories, each compared with its first parent. There is no configuration, no variable of the
environment, and Terragrunt is not asked, so what a repository gets from there can't be known here: such a unit has an error, and is mended by \`build.environmentVariables\`, \`extraDependencies\` or
\`extraReads\`. "Refused" would be a commit of which nothing can be known. A commit that touches no unit although code changed has changed a module that nobody calls, say.

${table}
`,
);
process.stdout.write(`${table}\n`);
