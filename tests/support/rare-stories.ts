/** What happens rarely and needs permissions all the same, played in memory. */
import { describeRollback } from '../../src/approval/describe-rollback.ts';
import { signLink } from '../../src/approval/link.ts';
import { Failures } from '../../src/approval/page/failures.ts';
import { respond } from '../../src/approval/page/respond.ts';
import { firstSigningKey } from '../../src/approval/signing-key.ts';
import { S3Bucket } from '../../src/aws/bucket.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { Delivery } from '../../src/model.ts';
import { noteRefused } from '../../src/queue/refused.ts';
import type { Made } from './faults.ts';
import { LiveSystem, type Script } from './live-system.ts';
import type { Code, Fate } from './live-world.ts';
import { pipelineArn } from './memory-state-machine.ts';

const dependencies = { base: [], dns: [], late: ['base'] };
const all: Code = { base: 'one', dns: 'one', late: 'one' };

const inSecond =
  (fates: Record<string, Partial<Fate>>): Script['fate'] =>
  ({ sequence, attempt }: Delivery, path) =>
    sequence === 2 && attempt === 1 ? { delivered: 'applied', rolledBack: 'rolled-back', ...fates[path] } : undefined;

type Story = (system: LiveSystem) => Promise<void>;

const push =
  (changed: Code): Story =>
  async (system) => {
    await system.push(all);
    await system.settle();
    await system.push(changed);
    await system.settle();
  };

/** The second delivery is stopped as soon as a build of it has left such a result. */
function stoppedAfter(result: string, changed: Code): Story {
  return async (system) => {
    await system.push(all);
    await system.settle();
    await system.push(changed);
    await system.poll();
    const before = results(system, result);
    while (results(system, result) === before) await system.goOn();
    await system.running[0]?.stop('ABORTED', false);
    await system.settle();
  };
}

function results({ aws }: LiveSystem, result: string): number {
  return [...aws.bucket.objects.keys()].filter((key) => /^(plans|applies)\//.test(key) && key.endsWith(`/${result}`))
    .length;
}

const stories: [Omit<Script, 'dependencies'>, Story][] = [
  // A unit is asked about when another one has been declined: its request is taken back at once.
  [
    { fate: inSecond({ dns: { delivered: 'declined' } }), rollback: 'none' },
    push({ base: 'two', dns: 'two', late: 'two' }),
  ],
  // Somebody changes their mind about a unit that was declined.
  [
    { fate: inSecond({ dns: { delivered: 'declined' } }), rollback: 'none' },
    async (system) => {
      await push({ dns: 'two' })(system);
      await rememberDecline('dns', system);
      const { id } = system.executions.find(({ delivery }) => delivery.sequence === 2)?.delivery ?? {};
      await system.decide({ delivery: id, unit: 'dns', decision: 'reconsider' });
    },
  ],
  // A deleted unit is half destroyed.
  [{ fate: inSecond({ late: { delivered: 'half applied' } }), rollback: 'none' }, push({ late: undefined })],
  [
    { compact: true, fate: inSecond({ late: { delivered: 'half applied' } }), rollback: 'none' },
    push({ late: undefined }),
  ],
  // Somebody stops an execution: what its units did is read from what their builds left.
  [{}, stoppedAfter('plan.json', { base: 'two' })],
  [{}, stoppedAfter('apply.json', { base: 'two' })],
  [{}, stoppedAfter('destroy.json', { late: undefined })],
  [
    { fate: inSecond({ late: { delivered: 'failed' } }), rollback: 'all' },
    stoppedAfter('rollback.json', { base: 'two', late: 'two' }),
  ],
  // Somebody cancels the delivery.
  [{ cancel: () => true, rollback: 'all' }, push({ base: 'two' })],
  // The message of the next change set has expired, and the one behind it comes first.
  [
    {},
    async (system) => {
      await system.push(all);
      system.aws.queues.purge();
      await system.push({ base: 'two' });
      await system.settle();
    },
  ],
  // A push can't be understood.
  [
    {},
    async ({ aws, now, processes }) => {
      const refused = { head: '0'.repeat(40), reason: 'main.tf:1:1: expected a block', after: 0 };
      await processes.run('enqueue', (gate) =>
        noteRefused(refused, { bucket: new S3Bucket(aws.clients(gate).s3, 'artifacts'), now }),
      );
    },
  ],
  // More versions than are kept.
  [
    {},
    async (system) => {
      for (let version = -1; version > -1000; version--)
        system.aws.machine.versions.set(`${pipelineArn}:${version}`, '{}');
      await push({ dns: 'two' })(system);
    },
  ],
];

/** As if nobody had put the unit back, and it were known what the plan does that was declined: builds in memory don't tell. */
async function rememberDecline(path: string, { aws, pointer, now }: LiveSystem): Promise<void> {
  const given = { delivery: pointer.last, content: 'c'.repeat(64), fingerprint: null, at: now().toISOString() };
  const declined = { ...given, voter: 'console:example', comment: null };
  const carried = [{ path, reason: `declined in ${pointer.last}`, stale: false, deleted: null, declined }];
  await aws.bucket.write(bucketKeys.pointer, JSON.stringify({ ...pointer, carried }));
}

/** The calls that were made. */
export async function rareCalls(): Promise<Made[]> {
  const made: Made[] = [];
  for (const [script, story] of stories) {
    const system = new LiveSystem({ dependencies, ...script });
    await story(system);
    await lookAtEverything(system);
    made.push(...system.processes.made);
  }
  return [...made, ...(await questionsThatFail())];
}

/**
 * Somebody opens the approval page of every unit of every delivery, and of what was asked about each as a whole; and the console shows that, as if
 * nothing had come of any unit.
 */
async function lookAtEverything({ aws, executions, now, processes }: LiveSystem): Promise<void> {
  const keys = firstSigningKey(now());
  for (const { delivery } of executions) {
    const claims = {
      delivery: delivery.id,
      units: delivery.units.map(({ path }) => path),
      approver: 'ada@example.org',
    };
    const expires = now().getTime();
    const [link, ofAll] = [claims, { ...claims, units: [] }].map((each) => signLink({ ...each, expires }, keys));
    const pages = [...claims.units.map((unit) => ({ link, query: { unit } })), { link: ofAll, query: {} }];
    for (const { link = '', query: asked } of pages)
      await processes.run('page', (gate) => {
        const bucket = new S3Bucket(aws.clients(gate).s3, 'artifacts');
        const [failures, log] = [new Failures(), neverDecides];
        const context = { bucket, keys: async () => keys, decide: neverDecides, failures, log, now };
        const query = new URLSearchParams(asked);
        return respond({ method: 'GET', link, query, form: new URLSearchParams(), address: '192.0.2.1' }, context);
      });
    await processes.run('request-approval', (gate) => {
      const bucket = new S3Bucket(aws.clients(gate).s3, 'artifacts');
      const asked = { ask: 'description of the rollback', delivery: delivery.id, outcomes: {} } as const;
      return describeRollback(asked, { bucket, links: async () => [] });
    });
  }
}

async function neverDecides(): Promise<never> {
  throw new Error('Looking decides nothing.');
}

/** Asking for an approval, and asking what to roll back, goes wrong at its first call of AWS. */
async function questionsThatFail(): Promise<Made[]> {
  const script = { dependencies, fate: inSecond({ late: { delivered: 'failed' } }), rollback: 'all' } as const;
  const whole = new LiveSystem(script);
  await push({ base: 'two', late: 'two' })(whole);
  const firsts = whole.processes.points.filter(({ handler }) => handler === 'request-approval').map(({ at }) => at);
  const made: Made[] = [];
  for (const at of [firsts[0], rollbackQuestion(whole)]) {
    const system = new LiveSystem(script, { handler: 'request-approval', at: at ?? 1, fault: 'throttled' });
    await push({ base: 'two', late: 'two' })(system);
    made.push(...system.processes.made);
  }
  return made;
}

/** At the how many-th call of the function that asks the rollback question's request is written. */
function rollbackQuestion({ processes }: LiveSystem): number | undefined {
  return processes.points.find(({ call }) => call === 's3:PutObject requests/…/rollback.json')?.at;
}
