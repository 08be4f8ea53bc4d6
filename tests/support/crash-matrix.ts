/**
 * The crash matrix: each scenario is played once to count the calls that each handler makes, and then once for every call
 * and every fault that can strike there. Whatever strikes, the system is let go on, and must come to the same end.
 */
import type { Delivery } from '../../src/model.ts';
import type { Fault, Point, Strike } from './faults.ts';
import { LiveSystem, type Script } from './live-system.ts';
import type { Code, Fate } from './live-world.ts';

export interface Played {
  /** The calls that were made. */
  points: Point[];
  /** Whether the fault struck. */
  struck: boolean;
  /** How often a delivery was halted. */
  halts: number;
}

export interface Scenario {
  name: string;
  /** At which of its points faults are tried. */
  about: (point: Point) => boolean;
  /** Plays it to its end and checks what must hold. */
  play: (strike?: Strike) => Promise<Played>;
}

const dependencies = { vpc: [], dns: [], db: ['vpc'] };
const all: Code = { vpc: 'one', dns: 'one', db: 'one' };

/** Fates of the second push's first delivery; everything else goes well. */
function second(fates: Record<string, Partial<Fate>>): Script['fate'] {
  return ({ sequence, attempt }: Delivery, path) => {
    if (sequence !== 2 || attempt !== 1) return undefined;
    return { delivered: 'applied', rolledBack: 'rolled-back', ...fates[path] };
  };
}

function scenario(name: string, pushes: Code[], script: Omit<Script, 'dependencies'>): Scenario {
  return {
    name,
    about: () => true,
    async play(strike) {
      const system = new LiveSystem({ dependencies, ...script }, strike);
      for (const push of pushes) await system.push(push);
      await system.settle();
      system.check();
      return { points: system.processes.points, struck: system.processes.struck, halts: system.halts };
    },
  };
}

const two = [all, { vpc: 'two', dns: 'two', db: 'two' }];
const three = [...two, { vpc: 'three' }];

export const scenarios: Scenario[] = [
  scenario('all is approved', three, {}),
  scenario('a unit is declined, and everything is rolled back', two, {
    fate: second({ db: { delivered: 'declined' } }),
    rollback: 'all',
  }),
  scenario('an apply is cut off, and the delivery is replayed', two, {
    fate: second({ db: { delivered: 'half applied' } }),
  }),
  scenario('a rollback fails, and the delivery is skipped', three, {
    fate: second({ db: { delivered: 'failed' }, vpc: { rolledBack: 'rollback-failed' } }),
    rollback: 'all',
    operator: (halted) => (halted.endsWith('-1') ? 'skip' : 'replay'),
  }),
];

export interface Try extends Strike {
  scenario: string;
  call: string;
  /** How often somebody had to replay or skip, more than without the fault. */
  halts: number;
  /** Why it was lost; undefined when it was not. */
  lost?: Error;
}

/** Plays every scenario with every fault at every call. */
export async function crashMatrix(of: readonly Scenario[] = scenarios): Promise<Try[]> {
  const tries: Try[] = [];
  for (const scenario of of) {
    const { points, halts } = await scenario.play();
    for (const point of points.filter(scenario.about))
      for (const fault of point.faults) tries.push(await attempt(scenario, point, fault, halts));
  }
  return tries;
}

async function attempt(scenario: Scenario, { handler, at, call }: Point, fault: Fault, usual: number): Promise<Try> {
  const what = { scenario: scenario.name, handler, at, call, fault };
  try {
    const { struck, halts } = await scenario.play({ handler, at, fault });
    if (!struck) throw new Error('the fault did not strike');
    return { ...what, halts: halts - usual };
  } catch (error) {
    return { ...what, halts: 0, lost: error as Error };
  }
}
