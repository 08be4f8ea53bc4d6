/**
 * `npm run bench -- discovery`: the dependency graph by `terragrunt find` and by `live-ci graph`, side by side: cold processes of the built command
 * line, one after the other in each round, so that both meet the same machine. Both give the same graph or the benchmark
 * fails. Writes docs/benchmarks/discovery.md and its picture.
 *
 * BENCH_RUNS, BENCH_SIZES=10,100,…; BENCH_REPOSITORIES: clones of other repositories to measure too, separated by ":".
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { generateRepository, unitPath } from './generated-repository.ts';
import { type Measure, measureTogether } from './measure.ts';
import { plot } from './plot.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = join(root, 'docs', 'benchmarks');
const runs = Number(process.env.BENCH_RUNS ?? 5);
const sizes = (process.env.BENCH_SIZES ?? '10,100,1000,4000,10000').split(',').map(Number);

interface Row {
  name: string;
  units: number;
  find: Measure;
  graph: Measure;
  /** Of the head commit, from git's objects. */
  commit: Measure;
  cached: Measure;
  changes: Measure;
}

function benchDiscovery(): void {
  execFileSync(process.execPath, [join(root, 'build.js')]);
  const scratch = mkdtempSync(join(tmpdir(), 'live-ci-bench-'));
  try {
    const generated = sizes.map((units) => generatedRow(scratch, `${units} units`, units, 0));
    const large = generatedRow(scratch, '282 units with large files', 282, 120);
    const others = (process.env.BENCH_REPOSITORIES ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((source) => clonedRow(scratch, source));
    report(generated, [large, ...others]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function generatedRow(scratch: string, name: string, units: number, lines: number): Row {
  const directory = join(scratch, 'repository');
  mkdirSync(directory);
  generateRepository(directory, units, lines);
  appendFileSync(join(directory, unitPath(Math.floor(units / 2)), 'terragrunt.hcl'), '# changed\n');
  execFileSync(
    'git',
    ['-c', 'user.name=B', '-c', 'user.email=b@example.org', 'commit', '--quiet', '--all', '-m', 'one'],
    {
      cwd: directory,
    },
  );
  return compare(scratch, name, directory);
}

/** Any other repository, at its newest commit that touches a unit; what it is called stays out of the table. */
function clonedRow(scratch: string, source: string): Row {
  const directory = join(scratch, 'repository');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', source, directory]);
  process.stderr.write(`${basename(source)}:\n`);
  return compare(scratch, '', directory);
}

function compare(scratch: string, name: string, directory: string): Row {
  const environment = { ...process.env, XDG_CACHE_HOME: join(scratch, 'cache') };
  const liveCi = (...words: string[]) => [process.execPath, join(root, 'dist', 'live-ci.js'), ...words];
  const commands = {
    find: ['terragrunt', 'find', '--dag', '--json', '--dependencies'],
    graph: liveCi('graph', '--json', '--no-cache'),
    commit: liveCi('graph', '--json', '--no-cache', '--commit', 'HEAD'),
    cached: liveCi('graph', '--json'),
    changes: liveCi('changes', '--json', '--base', 'HEAD~1', '--head', 'HEAD'),
  };
  const measured = measureTogether(commands, { directory, environment, runs, warm: ['cached', 'changes'] });
  const graphs = [measured.find, measured.graph, measured.commit, measured.cached].map(({ output }) => edges(output));
  if (new Set(graphs).size !== 1) throw new Error(`${name}: the graphs differ`);
  const units = (JSON.parse(measured.graph.output) as unknown[]).length;
  rmSync(directory, { recursive: true });
  const row = { ...measured, units, name: name || `a public repository, ${units} units` };
  process.stderr.write(`${cells(row).join('  ')}\n`);
  return row;
}

function edges(output: string): string {
  const units = JSON.parse(output) as { type?: string; path: string; dependencies?: string[] }[];
  return units
    .filter(({ type = 'unit' }) => type === 'unit')
    .map(({ path, dependencies = [] }) => `${path}: ${[...dependencies].sort().join(' ')}`)
    .sort()
    .join('\n');
}

const seconds = (measure: Measure) => measure.seconds.toFixed(measure.seconds < 1 ? 3 : 2);

function cells({ name, find, graph, commit, cached, changes }: Row): string[] {
  const faster = (measure: Measure) => `${(find.seconds / measure.seconds).toFixed(1)}×`;
  return [
    name,
    seconds(find),
    seconds(graph),
    faster(graph),
    seconds(commit),
    seconds(cached),
    faster(cached),
    seconds(changes),
    `${(changes.seconds / cached.seconds).toFixed(2)}`,
    find.megabytes?.toFixed(0) ?? '–',
    Math.max(graph.megabytes ?? 0, commit.megabytes ?? 0, cached.megabytes ?? 0, changes.megabytes ?? 0).toFixed(0),
  ];
}

function report(generated: readonly Row[], others: readonly Row[]): void {
  const table = [
    '| repository | `terragrunt find`, s | `graph --no-cache`, s | faster | of a commit, s | `graph`, s | faster | `changes`, s | ÷ `graph` | terragrunt, MB | live-ci, MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...generated, ...others].map((row) => `| ${cells(row).join(' | ')} |`),
  ].join('\n');
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'discovery.md'),
    `# The dependency graph: how long it takes

\`npm run bench -- discovery\`: median of ${runs} cold processes on ${cpus().length} cores, Node ${process.version}; the machine's load average at the end was ${loadavg()[0]?.toFixed(1)}
(the benchmark's own is about the number of cores; above that, something else ran beside it, and only the ratios mean much). Both sides gave
the same graph. \`graph --no-cache\` reads every file of the working tree, "of a commit" the same from git's objects without a checkout; \`graph\`
takes what nothing has changed for from the cache, and \`changes\` is a commit that changes one unit, with the same cache. Every unit of the
generated repositories includes the root, reads its region's settings and has two dependencies.

${table}

![Seconds by number of units](discovery.svg)
`,
  );
  const series = (name: string, colour: string, of: (row: Row) => Measure) => ({
    name,
    colour,
    points: generated.map((row): [number, number] => [row.units, of(row).seconds]),
  });
  writeFileSync(
    join(docs, 'discovery.svg'),
    plot('The graph of a repository', 'units', 'seconds', [
      series('terragrunt find', '#c0392b', ({ find }) => find),
      series('graph --no-cache', '#2471a3', ({ graph }) => graph),
      series('graph', '#1e8449', ({ cached }) => cached),
    ]),
  );
  process.stdout.write(`${table}\n`);
}

benchDiscovery();
