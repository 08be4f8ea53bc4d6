/** What happens rarely and needs permissions all the same, played in memory. */
import type { Delivery } from '../../src/model.ts';
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

const stories: [Omit<Script, 'dependencies'>, Story][] = [
  // A unit is asked about when another one has been declined: its request is taken back at once.
  [
    { fate: inSecond({ dns: { delivered: 'declined' } }), rollback: 'none' },
    push({ base: 'two', dns: 'two', late: 'two' }),
  ],
  // A deleted unit is half destroyed.
  [{ fate: inSecond({ late: { delivered: 'half applied' } }), rollback: 'none' }, push({ late: undefined })],
  // Somebody stops an execution while it waits: what its units did is read from what their builds left.
  [
    {},
    async (system) => {
      await system.push(all);
      await system.poll();
      for (const step of system.running[0]?.steps().slice(0, 1) ?? []) await step.take();
      await system.running[0]?.stop('ABORTED', false);
      await system.settle();
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

/** The calls that were made. */
export async function rareCalls(): Promise<Made[]> {
  const made: Made[] = [];
  for (const [script, story] of stories) {
    const system = new LiveSystem({ dependencies, ...script });
    await story(system);
    made.push(...system.processes.made);
  }
  return [...made, ...(await questionsThatFail())];
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
