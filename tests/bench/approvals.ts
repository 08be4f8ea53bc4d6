/** `npm run bench -- approvals`: how long request-approval takes in a delivery of 10,000 units, and how much memory. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { storeDelivery } from '../support/delivery.ts';
import { largeDelivery } from '../support/large-delivery.ts';
import { packaged } from '../support/packaged.ts';
import { s3Endpoint } from '../support/s3-endpoint.ts';
import { environmentOf, unpacked } from './lambda.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const runs = Number(process.env.BENCH_RUNS ?? 9);
const units = 10_000;

/** Asks about as many units, and tells what it took from the start of the process to the last answer, and the largest resident set. */
const caller = `
const [module, delivery, units, how] = process.argv.slice(1);
const { handler } = await import(module);
const loaded = performance.now();
const call = (unit, index) => handler(
  { ask: 'approval', delivery, token: 'token ' + index, unit, plan: { plan: 'a'.repeat(64), add: 1, change: 0, destroy: 0 } },
  { functionName: 'request-approval', awsRequestId: String(index) },
);
const paths = JSON.parse(units);
if (how === 'at once') await Promise.all(paths.map(call));
else for (const [index, unit] of paths.entries()) await call(unit, index);
console.log(JSON.stringify({ loading: loaded, calls: performance.now() - loaded, kilobytes: process.resourceUsage().maxRSS }));`;

interface Took {
  loading: number;
  calls: number;
  kilobytes: number;
}

await using deployment = await packaged();
await using s3 = await s3Endpoint();
const delivery = await storeDelivery(s3.bucket, largeDelivery(units));
const megabytes = Buffer.byteLength(JSON.stringify(delivery)) / 1e6;
const module = unpacked(deployment.zips.requestApproval?.path ?? '');
const memory = Number(deployment.resources.RequestApprovalLambdaFunction?.Properties.MemorySize);

async function asked(count: number, how: 'at once' | 'in turn'): Promise<Took> {
  const paths = JSON.stringify(delivery.units.slice(0, count).map(({ path }) => path));
  const heap = `--max-old-space-size=${Math.floor(memory * 0.9)}`;
  const child = spawn(
    process.execPath,
    [heap, '--input-type=module', '--eval', caller, module, delivery.id, paths, how],
    {
      cwd: dirname(module),
      env: { ...environmentOf('requestApproval', deployment), ...s3.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [said, code] = await Promise.all([text(child.stdout), new Promise((resolve) => child.on('close', resolve))]);
  if (code !== 0) throw new Error(`request-approval ended with ${code}: ${said}`);
  return JSON.parse(said.trim().split('\n').at(-1) ?? '');
}

async function row(what: string, count: number, how: 'at once' | 'in turn'): Promise<string> {
  const took: Took[] = [];
  for (let run = 0; run < runs; run++) took.push(await asked(count, how));
  const median = (of: keyof Took) => took.map((one) => one[of]).sort((a, b) => a - b)[took.length >> 1] ?? Number.NaN;
  return `| ${what} | ${median('loading').toFixed(0)} | ${median('calls').toFixed(0)} | ${(Math.max(...took.map(({ kilobytes }) => kilobytes)) / 1024).toFixed(0)} |`;
}

const table = [
  '| | loading, ms | answering, ms | memory, MB |',
  '| --- | ---: | ---: | ---: |',
  await row('the first call', 1, 'in turn'),
  await row('100 calls, one after the other', 100, 'in turn'),
  await row('100 calls at once', 100, 'at once'),
].join('\n');
mkdirSync(docs, { recursive: true });
writeFileSync(
  join(docs, 'approvals.md'),
  `# Asking for an approval in a large delivery

The function request-approval, as it is deployed, in a delivery of ${units.toLocaleString('en')} units, whose description has ${megabytes.toFixed(1)} MB: each call reads what
approvers its unit has. Fresh processes on ${cpus().length} cores, Node ${process.version}, with S3 on the same machine, by \`npm run bench -- approvals\`: medians of
${runs} by the clock, and the largest memory of all. The machine's load average at the end was ${loadavg()[0]?.toFixed(1)}. The function has ${memory} MB and a minute. Lambda
gives each of its environments one call at a time, so that 100 at once in one is more than it ever does.

${table}
`,
);
process.stdout.write(`${table}\n`);
