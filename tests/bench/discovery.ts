/**
 * `npm run bench`: the dependency graph by `terragrunt find` and by discovery, side by side on generated repositories. Each figure is the
 * median wall clock of cold processes; both sides give the same graph or the benchmark fails. Writes docs/benchmarks/.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { generateRepository } from './generated-repository.ts';
import { measure } from './measure.ts';
import { plot } from './plot.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const runs = Number(process.env.BENCH_RUNS ?? 3);
const sizes = (process.env.BENCH_SIZES ?? '10,100,1000,4000,10000').split(',').map(Number);

interface Row {
  name: string;
  units: number;
  theirs: number;
  ours: number;
  commit: number;
  megabytes: number | undefined;
  theirMegabytes: number | undefined;
}

const scratch = mkdtempSync(join(tmpdir(), 'live-ci-bench-'));
try {
  const program = join(scratch, 'graph.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'graph-process.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const rows = [
    ...sizes.map((units) => compare(program, `${units} units`, units, 0)),
    compare(program, '282 units with large files', 282, 120),
  ];
  report(rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function compare(program: string, name: string, units: number, lines: number): Row {
  const directory = join(scratch, name);
  mkdirSync(directory);
  generateRepository(directory, units, lines);
  process.stderr.write(`${name}: terragrunt find …`);
  const theirs = measure(['terragrunt', 'find', '--dag', '--json', '--dependencies'], directory, runs);
  process.stderr.write(` ${theirs.seconds.toFixed(2)} s, discovery …`);
  const ours = measure([process.execPath, program, '.'], directory, runs);
  const commit = measure([process.execPath, program, '.', 'HEAD'], directory, runs);
  process.stderr.write(` ${ours.seconds.toFixed(2)} s\n`);
  if (edges(theirs.output) !== edges(ours.output) || edges(ours.output) !== edges(commit.output))
    throw new Error(`${name}: the graphs differ`);
  rmSync(directory, { recursive: true });
  return {
    name,
    units,
    theirs: theirs.seconds,
    ours: ours.seconds,
    commit: commit.seconds,
    megabytes: Math.max(ours.megabytes ?? 0, commit.megabytes ?? 0) || undefined,
    theirMegabytes: theirs.megabytes,
  };
}

function edges(output: string): string {
  const units = JSON.parse(output) as { path: string; dependencies?: string[] }[];
  return units
    .map(({ path, dependencies = [] }) => `${path}: ${[...dependencies].sort().join(' ')}`)
    .sort()
    .join('\n');
}

function report(rows: Row[]): void {
  const cell = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? '–';
  const table = [
    '| repository | terragrunt find, s | discovery, s | of a commit, s | ratio | terragrunt, MB | discovery, MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      (row) =>
        `| ${row.name} | ${cell(row.theirs, 2)} | ${cell(row.ours, 2)} | ${cell(row.commit, 2)} | ${cell(row.theirs / row.ours, 1)} | ${cell(row.theirMegabytes, 0)} | ${cell(row.megabytes, 0)} |`,
    ),
  ].join('\n');
  const generated = rows.filter(({ name }) => !name.includes('large'));
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'discovery.md'),
    `# The dependency graph: how long it takes

Median of ${runs} cold processes on ${cpus().length} cores, Node ${process.version}, no cache, by \`npm run bench\`; the machine's load average at the end was ${loadavg()[0]?.toFixed(1)}
(the benchmark's own is about the number of cores: above that, something else ran, and only the ratios mean much). Both sides gave the same graph. "Discovery" is
the working tree, "of a commit" the same read from git's objects without a checkout.

${table}

![Seconds by number of units](discovery.svg)
`,
  );
  writeFileSync(
    join(docs, 'discovery.svg'),
    plot('The graph of a repository', 'units', 'seconds', [
      { name: 'terragrunt find', colour: '#c0392b', points: generated.map(({ units, theirs }) => [units, theirs]) },
      { name: 'discovery', colour: '#2471a3', points: generated.map(({ units, ours }) => [units, ours]) },
    ]),
  );
  process.stdout.write(`${table}\n`);
}
