/** `npm run bench -- definition`: how long it takes from a change set of 1,000 units to the finished definition, in a cold process. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import type { Built } from './definition-process.ts';
import { largeOrders } from './large-orders.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const runs = Number(process.env.BENCH_RUNS ?? 9);

const scratch = mkdtempSync(join(tmpdir(), 'live-ci-bench-'));
try {
  const program = join(scratch, 'definition.mjs');
  await bundle('definition-process.ts', program);
  const rows = Object.keys(largeOrders).flatMap((shape) =>
    ['unknown', 'known'].map((durations) => row(shape, durations, cold(program, shape, durations))),
  );
  report(rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function cold(program: string, ...args: string[]): Built[] {
  return Array.from({ length: runs }, () =>
    JSON.parse(execFileSync(process.execPath, [program, ...args], { encoding: 'utf8' })),
  );
}

function row(shape: string, durations: string, built: Built[]): string {
  const median = (of: (one: Built) => number) => {
    const ascending = built.map(of).sort((a, b) => a - b);
    return (ascending[ascending.length >> 1] ?? Number.NaN).toFixed(0);
  };
  const steps = ['prepare', 'build', 'write', 'measure'] as const;
  const cells = steps.map((step) => `${median((one) => one[step].clock)} (${median((one) => one[step].processor)})`);
  const [one] = built;
  if (one === undefined) throw new RangeError('BENCH_RUNS must be at least 1.');
  const { units, size, bytes, rollbackBytes } = one;
  const sizes = [bytes / units, (bytes - rollbackBytes) / units, size.payload / units];
  const each = [...sizes.map((one) => one.toFixed(0)), (size.events / units).toFixed(1)];
  return `| ${shape} | ${units} | ${durations} | ${[...cells, ...each].join(' | ')} |`;
}

function report(rows: string[]): void {
  const table = [
    '| change set | units | durations | which units, ms | definition, ms | its text, ms | its size, ms | bytes/unit | without rollback | data/unit | events/unit |',
    '| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'definition.md'),
    `# The definition: how long it takes to build

Milliseconds by the clock and, in brackets, of processor time; medians of ${runs} cold processes on ${cpus().length} cores, Node ${process.version}, by
\`npm run bench -- definition\`. The machine's load average at the end was ${loadavg()[0]?.toFixed(1)}: above the number of cores, something else ran, and the clock
counts that, too.

"Which units" goes from a change set that touches every unit to the delivery, "definition" from there to the state machine, nesting included, "its
text" is its JSON, "its size" whether Step Functions can run it. The poll then sends the text to Step Functions, which validates it.

The right-hand columns are what Step Functions has quotas for (a request of 1,000,000 bytes, in which the definition is some 15% longer, 25,000 events, 262,144 bytes of data), for each unit: bytes of the
definition, those without the states that roll back, and at most so many bytes of data and events of an execution's history. The paths have about
40 characters.

${table}
`,
  );
  process.stdout.write(`${table}\n`);
}
