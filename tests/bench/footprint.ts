/** `npm run bench -- footprint`: how large the Lambdas' zips are, and how long a fresh process takes to load each. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { packaged } from '../support/packaged.ts';
import { environmentOf, unpacked } from './lambda.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const runs = Number(process.env.BENCH_RUNS ?? 9);

/** Says on standard output how long it took to import the module that it is given, by the clock and of the processor's time. */
const importer = `
const [clock, processor] = [performance.now(), process.cpuUsage()];
const { handler } = await import(process.argv[1]);
const { user, system } = process.cpuUsage(processor);
if (typeof handler !== 'function') throw new Error('there is no handler');
console.log(JSON.stringify({ clock: performance.now() - clock, processor: (user + system) / 1000 }));`;

interface Load {
  clock: number;
  processor: number;
}

await using deployment = await packaged();
const modules = Object.entries(deployment.zips).map(([name, { path, bytes }]) => ({
  name,
  bytes,
  module: unpacked(path),
}));
const loads = new Map(modules.map(({ name }) => [name, [] as Load[]]));
// Each Lambda once in each round, so that whatever else the machine does meets them all.
for (let run = 0; run < runs; run++) for (const { name, module } of modules) loads.get(name)?.push(load(name, module));

const rows = modules.map(({ name, bytes, module }) => {
  const median = (of: keyof Load) => {
    const ascending = (loads.get(name) ?? []).map((one) => one[of]).sort((a, b) => a - b);
    return (ascending[ascending.length >> 1] ?? Number.NaN).toFixed(0);
  };
  const kilobytes = (size: number) => (size / 1000).toFixed(0);
  return `| \`${name}\` | ${kilobytes(bytes)} | ${kilobytes(statSync(module).size)} | ${median('clock')} (${median('processor')}) |`;
});
report(rows);

function load(name: string, module: string): Load {
  const args = ['--input-type=module', '--eval', importer, module];
  const options = {
    cwd: dirname(module),
    env: environmentOf(name, deployment),
    encoding: 'utf8',
  } as const;
  return JSON.parse(execFileSync(process.execPath, args, options));
}

function report(lines: string[]): void {
  const table = ['| Lambda | zip, kB | unzipped, kB | loading, ms |', '| --- | ---: | ---: | ---: |', ...lines].join(
    '\n',
  );
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'footprint.md'),
    `# The Lambdas: how large they are, and how long they take to load

Zips as \`serverless package\` makes them; a test refuses one of more than 300 kB. Loading is what a cold start adds to starting Node: importing
the bundle, which makes the clients and parses the settings, in a fresh process. Milliseconds by the clock and, in brackets, of processor
time; medians of ${runs} processes on ${cpus().length} cores, Node ${process.version}, by \`npm run bench -- footprint\`. The machine's load average at the end was
${loadavg()[0]?.toFixed(1)}.

${table}

The bundles have the AWS SDK's clients for S3, Step Functions and, in \`poll\`, SQS. Lambda's runtime brings the SDK, too, but in a version
that changes under the product.
`,
  );
  process.stdout.write(`${table}\n`);
}
