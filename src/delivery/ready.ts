/**
 * Which units can be built now, from how those before them ended: the rules that the inline form of the pipeline has in its
 * Choice states, as pure functions for the compact form and for the status.
 *
 * Forward: stage by stage, unit by unit in the delivery's order. A unit that can't be understood has failed. Any other waits until everything
 * that it comes after has ended. It is cancelled when one of those, or anything of an earlier stage that had a prospect of it, did not end well, and
 * skipped when it is a dependent and none of those was applied; all of that may end the next unit in turn. Backward: unit by unit in the order of the rollback
 * (rollback-order.ts), for chosen units, whatever their stages.
 */
import { mayBeSkipped } from '../../statemachine/unit.ts';
import { type Delivery, type DeliveryUnit, endedWell, type Outcome } from '../model.ts';
import type { Ending } from './applied.ts';
import { rollbackOrder } from './rollback-order.ts';
import { withoutProspect } from './without-prospect.ts';

/** How units ended that have ended, by path. */
export type Endings = ReadonlyMap<string, Ending>;

export interface Ready {
  /** What had ended, and what has ended by that without a build. */
  ended: Map<string, Ending>;
  /** What can be built now, all of it at once. */
  ready: DeliveryUnit[];
}

/** Whether a unit that was not begun waits, can be planned, or has ended without that. */
export function guard(
  unit: DeliveryUnit,
  outcome: (path: string) => Outcome | undefined,
): 'waits' | 'plan' | 'failed' | 'cancelled' | 'skipped' {
  if (unit.error !== undefined) return 'failed';
  const before = unit.after.map(outcome);
  if (before.some((one) => one !== undefined && !endedWell(one))) return 'cancelled';
  if (before.includes(undefined)) return 'waits';
  return mayBeSkipped(unit) && !before.includes('applied') ? 'skipped' : 'plan';
}

/** The units of each stage, in the delivery's order. */
export function byStage({ units }: Delivery): DeliveryUnit[][] {
  return [...Map.groupBy(units, ({ stage }) => stage).values()];
}

export function readyToDeliver(delivery: Delivery, before: Endings): Ready {
  const ended = new Map(before);
  const ready: DeliveryUnit[] = [];
  const outcome = (path: string) => ended.get(path)?.outcome;
  const ignored = withoutProspect(delivery.units);
  let stopped = false;
  for (const stage of byStage(delivery)) {
    for (const unit of stage) {
      if (ended.has(unit.path)) continue;
      const verdict = stopped && unit.error === undefined ? 'cancelled' : guard(unit, outcome);
      if (verdict === 'plan') ready.push(unit);
      else if (verdict !== 'waits') ended.set(unit.path, { outcome: verdict, half: false });
    }
    if (stage.some(({ path }) => !ended.has(path))) break;
    stopped ||= stage.some(({ path }) => !ignored.has(path) && !endedWell(ended.get(path)?.outcome ?? 'cancelled'));
  }
  return { ended, ready };
}

const isOver = (ending: Ending | undefined) =>
  ending?.kept === true || ending?.outcome === 'rolled-back' || ending?.outcome === 'rollback-failed';

/**
 * @param chosen units to roll back. One of them that can't be, since one that it comes after could not be rolled back, ends `rollback-failed`
 * here; one that is held by a kept one is kept, too.
 */
export function readyToRollBack(delivery: Delivery, before: Endings, chosen: ReadonlySet<string>): Ready {
  const ended = new Map(before);
  const ready: DeliveryUnit[] = [];
  const { after, heldBy } = rollbackOrder(delivery);
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const over = new Set<string>();
  const isStuck = (path: string) => ended.get(path)?.outcome === 'rollback-failed';
  const isKept = (path: string) => ended.get(path)?.kept === true;
  for (const [path, earlier] of after) {
    if (!earlier.every((each) => over.has(each))) continue;
    const [unit, ending] = [units.get(path), ended.get(path)];
    if (chosen.has(path) && unit && ending && !isOver(ending)) {
      if (earlier.some(isStuck)) ended.set(path, { outcome: 'rollback-failed', half: false });
      else if (heldBy.get(path)?.some(isKept)) ended.set(path, { ...ending, kept: true });
      else {
        ready.push(unit);
        continue;
      }
    }
    over.add(path);
  }
  return { ended, ready };
}
