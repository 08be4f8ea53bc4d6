/**
 * The crash matrix: each scenario is played once to count the calls that each handler makes, and then once for every call
 * and every fault that can strike there. Whatever strikes, the system is let go on, and must come to the same end.
 */
import type { Delivery } from '../../src/model.ts';
import type { Fault, Made, Point, Strike } from './faults.ts';
import { LiveSystem, type Script } from './live-system.ts';
import type { Code, Fate } from './live-world.ts';

export interface Played {
  /** The calls that were made. */
  points: Point[];
  /** All calls, with whatever struck. */
  made: Made[];
  /** Whether the fault struck. */
  struck: boolean;
  /** How often a delivery was halted. */
  acted: number;
}

export interface Scenario {
  name: string;
  /** At which of its points faults are tried. */
  about: (point: Point) => boolean;
  /** Plays it to its end and checks what must hold. */
  play: (strike?: Strike) => Promise<Played>;
}

const dependencies = { vpc: [], dns: [], db: ['vpc'] };
const two: Code = { vpc: 'two', dns: 'two', db: 'two' };

/** The second delivery is what it is about; replayed, it goes well. */
const isSecond = ({ sequence, attempt }: Delivery) => sequence === 2 && attempt === 1;

function second(fates: Record<string, Partial<Fate>>): Script['fate'] {
  return (delivery, path) =>
    isSecond(delivery) ? { delivered: 'applied', rolledBack: 'rolled-back', ...fates[path] } : undefined;
}

/** @param story pushes, and lets the system settle at least once. */
function scenario(
  name: string,
  script: Omit<Script, 'dependencies'>,
  story: (system: LiveSystem) => Promise<void>,
): Scenario {
  return {
    name,
    about: () => true,
    async play(strike) {
      const system = new LiveSystem({ dependencies, ...script }, strike);
      await story(system);
      await system.makeGood();
      system.check();
      return {
        points: system.processes.points,
        made: system.processes.made,
        struck: system.processes.struck,
        acted: system.acted,
      };
    },
  };
}

async function twoPushes(system: LiveSystem): Promise<void> {
  await system.push({ vpc: 'one' });
  await system.push(two);
  await system.settle();
}

async function threePushes(system: LiveSystem): Promise<void> {
  await twoPushes(system);
  await system.push({ vpc: 'three' });
  await system.settle();
}

export const scenarios: Scenario[] = [
  scenario(
    'all is approved, one unit after a new plan, and one by its rule',
    { byRule: ['db'], answer: (_, unit, times) => (unit === 'dns' && times === 0 ? 'replan' : 'approve') },
    threePushes,
  ),
  scenario(
    'a unit is declined while another waits, and everything is rolled back',
    { fate: second({ db: { delivered: 'declined' } }), rollback: 'all', last: 'dns' },
    twoPushes,
  ),
  scenario(
    'an apply is cut off, and the delivery is replayed',
    { fate: second({ db: { delivered: 'half applied' } }) },
    twoPushes,
  ),
  scenario(
    'a rollback fails, and the delivery is skipped',
    {
      fate: second({ db: { delivered: 'failed' }, vpc: { rolledBack: 'rollback-failed' } }),
      rollback: 'all',
      operator: (halted) => (halted.endsWith('-1') ? 'skip' : 'replay'),
    },
    threePushes,
  ),
  scenario(
    'in the compact form, a unit is declined, and what it depends on is rolled back',
    { compact: true, byRule: ['vpc'], fate: second({ db: { delivered: 'declined' } }), rollback: 'dependencies' },
    twoPushes,
  ),
  scenario(
    'a delivery is cancelled, and one unit is rolled back',
    { cancel: isSecond, rollback: 'all', last: 'dns', fate: second({}) },
    twoPushes,
  ),
  scenario('a message is no change set, and a change set is deleted and restored', {}, async (system) => {
    const { bucket, queues } = system.aws;
    queues.put('hello');
    await system.push({ vpc: 'one' });
    await system.push(two);
    const key = (await bucket.list('change-sets/')).at(-1) ?? '';
    const body = bucket.text(key) ?? '';
    await bucket.remove(key);
    await system.settle();
    await bucket.write(key, body);
    await system.replayDeadLetters();
    await system.settle();
  }),
];

export interface Try {
  scenario: string;
  handler: string;
  at: number;
  fault: Fault;
  call: string;
  /** How often somebody had to replay or skip, more than without the fault. */
  acted: number;
  /** Why it was lost; undefined when it was not. */
  lost?: Error;
}

/** Plays every scenario with every fault at every call. */
export async function crashMatrix(of: readonly Scenario[] = scenarios): Promise<Try[]> {
  const tries: Try[] = [];
  for (const scenario of of) {
    const { points, acted } = await scenario.play();
    for (const point of points.filter(scenario.about))
      for (const fault of point.faults) tries.push(await attempt(scenario, point, fault, acted));
  }
  return tries;
}

async function attempt(scenario: Scenario, { handler, at, call }: Point, fault: Fault, usual: number): Promise<Try> {
  const what = { scenario: scenario.name, handler, at, call, fault };
  try {
    const { struck, acted } = await scenario.play({ handler, at, fault });
    if (!struck) throw new Error('the fault did not strike');
    return { ...what, acted: acted - usual };
  } catch (error) {
    return { ...what, acted: 0, lost: error as Error };
  }
}
