/** How long an order takes, when each unit takes so long: nested, in waves, and at best. Approvals take no time. */
import type { Group } from '../../statemachine/nesting/group.ts';
import type { Order } from '../../statemachine/nesting/unit-graph.ts';

export type Duration = (unit: string) => number;

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

export function makespan(group: Group, duration: Duration): number {
  switch (group.kind) {
    case 'unit':
      return duration(group.unit);
    case 'sequence':
      return sum(group.groups.map((part) => makespan(part, duration)));
    case 'parallel':
      return Math.max(...group.groups.map((part) => makespan(part, duration)));
  }
}

/** When each unit can end at the earliest, were there no nesting. */
function earliestEnds(given: Order, duration: Duration): Map<string, number> {
  const ends = new Map<string, number>();
  for (const [unit, after] of given)
    ends.set(unit, duration(unit) + Math.max(0, ...after.map((earlier) => ends.get(earlier) ?? 0)));
  return ends;
}

/** How long it takes at best. */
export const criticalPath = (given: Order, duration: Duration) => Math.max(...earliestEnds(given, duration).values());

/** Each unit's wave. */
export const wavesOf = (given: Order) => earliestEnds(given, () => 1);

/** How long it takes when each wave waits for all of the one before: what most tools do. */
export function inWaves(given: Order, duration: Duration): number {
  const wave = wavesOf(given);
  const waves = Map.groupBy(given.keys(), (unit) => wave.get(unit));
  return sum([...waves.values()].map((units) => Math.max(...units.map(duration))));
}
