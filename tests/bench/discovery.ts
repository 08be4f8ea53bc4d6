/**
 * `npm run bench -- discovery`: the dependency graph by `terragrunt find` and by `live-ci graph`, side by side: cold processes of the built command
 * line, one after the other in each round, so that both meet the same machine. Both give the same graph or the benchmark
 * fails. Writes docs/benchmarks/discovery.md and its picture.
 *
 * BENCH_RUNS, BENCH_SIZES=10,100,…, BENCH_SHAPES=4000 (units of each of the other shapes); BENCH_REPOSITORIES: clones of other repositories to measure too, separated by ":".
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import {
  deepModules,
  generateRepository,
  regions,
  remoteStates,
  type Shape,
  sayingLittle,
} from './generated-repository.ts';
import { type Measure, measureTogether } from './measure.ts';
import { plot } from './plot.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = join(root, 'docs', 'benchmarks');
const runs = Number(process.env.BENCH_RUNS ?? 5);
const others = Number(process.env.BENCH_SHAPES ?? 4000);
const sizes = (process.env.BENCH_SIZES ?? '10,100,1000,4000,10000').split(',').map(Number);

interface Row {
  name: string;
  units: number;
  /** Undefined where Terragrunt finds nothing: a repository of Terraform alone. */
  find: Measure | undefined;
  graph: Measure;
  /** Of the head commit, from git's objects. */
  commit: Measure;
  cached: Measure;
  /** For the first time, with the units in the cache. */
  changes: Measure;
  changesAgain: Measure;
}

function benchDiscovery(): void {
  execFileSync(process.execPath, [join(root, 'build.js')]);
  const scratch = mkdtempSync(join(tmpdir(), 'live-ci-bench-'));
  try {
    const generated = sizes.map((units) => generatedRow(scratch, `${units} units`, regions(units)));
    const shapes = [
      generatedRow(scratch, `${others} units that say little`, sayingLittle(others)),
      generatedRow(scratch, `${others} roots of Terraform that read states`, remoteStates(others)),
      generatedRow(scratch, `${others / 4} roots of Terraform above 10 levels of modules`, deepModules(others / 4, 10)),
      generatedRow(scratch, '282 units with large files', regions(282, 120)),
    ];
    const clones = (process.env.BENCH_REPOSITORIES ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((source) => clonedRow(scratch, source));
    report(generated, [...shapes, ...clones]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function generatedRow(scratch: string, name: string, shape: Shape): Row {
  const directory = join(scratch, 'repository');
  mkdirSync(directory);
  generateRepository(directory, shape);
  appendFileSync(join(directory, shape.units[Math.floor(shape.units.length / 2)] as string), '# changed\n');
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
  const changes = liveCi('changes', '--json', '--base', 'HEAD~1', '--head', 'HEAD');
  const commands = {
    find: ['terragrunt', 'find', '--dag', '--json', '--dependencies'],
    graph: liveCi('graph', '--json', '--no-cache'),
    commit: liveCi('graph', '--json', '--no-cache', '--commit', 'HEAD'),
    cached: liveCi('graph', '--json'),
    changes,
    changesAgain: changes,
  };
  // The units stay.
  const forgetAnswer = () => {
    for (const file of globSync(join(scratch, 'cache', 'live-ci', 'discovery', '*', '*.changes.json'))) rmSync(file);
  };
  const measured = measureTogether(commands, {
    ...{ directory, environment, runs },
    warm: ['cached', 'changes'],
    before: { changes: forgetAnswer },
  });
  const found = edges(measured.find.output);
  const find = found === '' ? undefined : measured.find;
  const graphs = [measured.graph, measured.commit, measured.cached].map(({ output }) => edges(output));
  if (new Set([...graphs, ...(find ? [found] : [])]).size !== 1) throw new Error(`${name}: the graphs differ`);
  const units = (JSON.parse(measured.graph.output) as unknown[]).length;
  rmSync(directory, { recursive: true });
  const row = { ...measured, find, units, name: name || `a public repository, ${units} units` };
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

function cells({ name, find, graph, commit, cached, changes, changesAgain }: Row): string[] {
  const faster = (measure: Measure) => (find ? `${(find.seconds / measure.seconds).toFixed(1)}×` : '–');
  const toGraph = (measure: Measure) => (measure.seconds / cached.seconds).toFixed(2);
  const ours = [graph, commit, cached, changes, changesAgain].map(({ megabytes }) => megabytes ?? 0);
  return [
    name,
    find ? seconds(find) : '–',
    seconds(graph),
    faster(graph),
    seconds(commit),
    seconds(cached),
    faster(cached),
    seconds(changes),
    toGraph(changes),
    seconds(changesAgain),
    toGraph(changesAgain),
    find?.megabytes?.toFixed(0) ?? '–',
    Math.max(...ours).toFixed(0),
  ];
}

function report(generated: readonly Row[], others: readonly Row[]): void {
  const table = [
    '| repository | `terragrunt find`, s | `graph --no-cache`, s | faster | of a commit, s | `graph`, s | faster | `changes`, s | ÷ `graph` | again, s | ÷ `graph` | terragrunt, MB | live-ci, MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...generated, ...others].map((row) => `| ${cells(row).join(' | ')} |`),
  ].join('\n');
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'discovery.md'),
    `# The dependency graph: how long it takes

\`npm run bench -- discovery\`: median of ${runs} cold processes on ${cpus().length} cores, Node ${process.version}; the machine's load average at the end was ${loadavg()[0]?.toFixed(1)}
(the benchmark's own is about the number of cores; above that, something else ran beside it, and only the ratios mean much). Both sides gave
the same graph. \`graph --no-cache\` reads every file of the working tree, "of a commit" the same from git's objects without a checkout; \`graph\`
takes it from the cache, since nothing has changed, and \`changes\` is a commit that changes one unit: for the first time, with its units and those of
the commit before in the cache, and again. Every unit of the repositories that are told by their number alone includes the root, reads its region's settings and has two
dependencies; one that says little has a root include, two dependencies and one input. Terragrunt finds nothing in a repository of Terraform alone.

${table}

![Seconds by number of units](discovery.svg)
`,
  );
  const series = (name: string, colour: string, of: (row: Row) => Measure | undefined) => ({
    name,
    colour,
    points: generated.map((row): [number, number] => [row.units, of(row)?.seconds ?? 0]),
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
