/**
 * What Step Functions has to take of a compact form, as limits.ts computes it for the inline one. Its states are few, and each
 * is gone through at most once, but for those of the loop.
 */
import { rollbackOrder } from '../../src/delivery/rollback-order.ts';
import type { Delivery } from '../../src/model.ts';
import type { Machine, State } from '../asl.ts';
import { bytesOf, eventsOf, mostDescribed, requestOf, type Size, sizeOf } from '../limits.ts';
import { unitKeys } from '../unit-keys.ts';

/** The states that are gone through for each group; forward and back take the same. */
const loop = ['Next group', 'Which step?', 'Roll group back'];

/** Whatever else is in the data: ARNs, ids, keys of objects, counts of outcomes. */
const besides = 4096;

export function sizeOfCompact(machine: Machine, delivery: Delivery): Size {
  const key = unitKeys(delivery);
  const chosen = Object.fromEntries(delivery.units.map(({ path }) => [key(path), true]));
  return {
    bytes: requestOf(machine),
    events:
      2 +
      eventsOfAll(Object.values(machine.States)) +
      eventsOfRounds(machine, groupsOf(delivery)) +
      eventsOfRounds(machine, groupsBack(delivery)),
    payload: Math.max(bytesOf(chosen), mostDescribed) + besides,
  };
}

/** Of an inline form whose rollback goes by groups. */
export function sizeOfInlineAndGroups(machine: Machine, delivery: Delivery): Size {
  const size = sizeOf(machine, delivery, 'groups');
  return { ...size, events: size.events + eventsOfRounds(machine, groupsBack(delivery)) };
}

/** One way, for each group, and once more to find that there is none. */
function eventsOfRounds({ States }: Machine, groups: number): number {
  return (groups + 1) * eventsOfAll(loop.flatMap((name) => States[name] ?? []));
}

function eventsOfAll(states: State[]): number {
  return states.reduce((sum, state) => sum + eventsOf(state), 0);
}

/** How many groups a delivery has when none of its units is skipped: the longest chain, each stage behind the one before. */
export function groupsOf({ units }: Delivery): number {
  const groupOf = new Map<string, number>();
  let [stage, before, last] = [units[0]?.stage, 0, 0];
  for (const unit of units) {
    if (unit.stage !== stage) [stage, before] = [unit.stage, last];
    const own = unit.after.reduce((most, path) => Math.max(most, groupOf.get(path) ?? 0), before) + 1;
    groupOf.set(unit.path, own);
    last = Math.max(last, own);
  }
  return last;
}

/** How many groups its rollback has when all of them are chosen: the longest chain. */
function groupsBack(delivery: Delivery): number {
  const groupOf = new Map<string, number>();
  for (const [path, after] of rollbackOrder(delivery).after)
    groupOf.set(path, 1 + after.reduce((most, earlier) => Math.max(most, groupOf.get(earlier) ?? 0), 0));
  return Math.max(0, ...groupOf.values());
}
