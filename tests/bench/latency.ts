/**
 * `npm run bench -- latency`: from the end of one delivery to the start of the next, through the event of the execution that
 * ended. Commits are queued behind a delivery that waits for approval; then all are delivered one after the other.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { Process } from '../support/cut-off.ts';
import { type LocalPipeline, startLocalPipeline, terraformUnit } from '../support/local-pipeline.ts';
import { PipelineStage } from '../support/pipeline-stage.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const queued = Number(process.env.BENCH_RUNS ?? 24);

/** Milliseconds from the end of a delivery. */
interface Hop {
  /** The poll runs: its event was delivered. */
  polled: number;
  /** The next execution was started. */
  started: number;
}

interface LogLine {
  message: string;
  timestamp: string;
  function_request_id: string;
  delivery?: string;
  milliseconds?: number;
}

// Lambdas say when they were called, and how long they took, on this level only.
process.env.LIVE_CI_LOG_LEVEL = 'DEBUG';
await using pipeline = await startLocalPipeline();
await deliverQueue(pipeline);
report(await hopsOf(pipeline), await callsOfPoll());

async function deliverQueue({ repository, follow }: LocalPipeline): Promise<void> {
  const unit = terraformUnit(repository.states, 'app', { value: 'one' });
  const first = await repository.commit(unit);
  let last = first;
  for (let n = 1; n <= queued; n++) {
    const [path = '', text] = Object.entries(unit)[0] ?? [];
    const touchesUnit = { [path]: `${text}# ${n}\n` };
    last = await repository.commit(n % 2 === 0 ? touchesUnit : { 'README.md': `${n}\n` });
  }
  await follow(first);
  await follow(last);
}

async function hopsOf({ stack }: LocalPipeline): Promise<Hop[]> {
  const lines = await logOf(stack.endpoint, stack.pollFunction);
  const client = new SFNClient({
    endpoint: stack.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn: stack.pipelineArn }));
  const inOrder = executions
    .map(({ name = '', startDate, stopDate }) => ({ name, started: Number(startDate), ended: Number(stopDate) }))
    .sort((a, b) => a.started - b.started);
  return inOrder.slice(1).map(({ name, started }, index) => {
    const ended = inOrder[index]?.ended ?? Number.NaN;
    return { polled: beginOfPoll(name, lines) - ended, started: started - ended };
  });
}

function beginOfPoll(delivery: string, lines: LogLine[]): number {
  const started = lines.find((line) => line.message === 'delivery started' && line.delivery === delivery);
  const answered = lines.find(
    (line) => line.message === 'answered' && line.function_request_id === started?.function_request_id,
  );
  return Date.parse(answered?.timestamp ?? '') - (answered?.milliseconds ?? Number.NaN);
}

async function logOf(endpoint: string, lambda: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Logs_20140328.FilterLogEvents',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=none',
      },
      body: JSON.stringify({ logGroupName: `/aws/lambda/${lambda}`, nextToken }),
    });
    const page = (await answer.json()) as { events: { message: string }[]; nextToken?: string };
    for (const { message } of page.events) if (message.startsWith('{"level"')) lines.push(JSON.parse(message));
    nextToken = page.nextToken;
  } while (nextToken);
  return lines;
}

/** Calls to AWS of a poll that finds a delivery at its end and starts the next; counted in memory. */
async function callsOfPoll(): Promise<number> {
  const stage = new PipelineStage();
  for (const sequence of [1, 2]) await stage.enqueue(sequence, { graph: { app: [] }, touched: { app: 'modified' } });
  await stage.poll();
  await stage.execute(stage.started[0] ?? '');
  const process = new Process();
  await stage.poll(process);
  return process.calls;
}

function report(hops: Hop[], calls: number): void {
  if (hops.length < queued) throw new Error(`Only ${hops.length} of ${queued} deliveries followed another.`);
  const row = (what: string, of: (hop: Hop) => number) => {
    const ascending = hops.map(of).sort((a, b) => a - b);
    const at = (part: number) => (ascending[Math.ceil(part * ascending.length) - 1] ?? Number.NaN).toFixed(0);
    return `| ${what} | ${at(0.5)} | ${at(0.9)} | ${at(1)} |`;
  };
  const table = [
    '| milliseconds | median | p90 | most |',
    '| --- | ---: | ---: | ---: |',
    row('from the end of a delivery to the start of the next', (hop) => hop.started),
    row("of it the emulator's: the event, calling the Lambda", (hop) => hop.polled),
    row('of it ours: the poll, to the answer of StartExecution', (hop) => hop.started - hop.polled),
  ].join('\n');
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'latency.md'),
    `# From one delivery to the next

${hops.length} deliveries, queued behind one that waited for approval; every other commit touches a unit, whose plan has no changes, the others touch
none. Each is started by the event of the execution that ended before it, on the emulator, with the Lambda's process running already, by
\`npm run bench -- latency\`. ${cpus().length} cores, Node ${process.version}; the machine's load average at the end was ${loadavg()[0]?.toFixed(1)}.

${table}

The end and the start are Step Functions' own times of the executions, the poll's are from its log. The poll's part has the emulator's answers to
its calls in it, ${calls} in the whole poll: writing down the delivery that ended, describing the next, publishing and starting it. A
Lambda whose process is not there yet has to load first: see [footprint](footprint.md).
`,
  );
  process.stdout.write(`${table}\n`);
}
