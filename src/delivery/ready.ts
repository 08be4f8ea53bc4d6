/**
 * Which units can be built now, from how those before them ended: the rules that the inline form of the pipeline has in its
 * Choice states, as pure functions for the compact form and for the status.
 *
 * Forward: stage by stage, unit by unit in the delivery's order. A unit waits until everything that it comes after has ended.
 * It is cancelled when one of those, or anything of an earlier stage, did not end well, and skipped when it is a dependent and
 * none of those was applied; both may end the next unit in turn. Backward: the same way against the order, for chosen units.
 */
import { mayBeSkipped } from '../../statemachine/unit.ts';
import { reversed } from '../discovery/graph/reversed.ts';
import { type Delivery, type DeliveryUnit, endedWell, type Outcome } from '../model.ts';
import type { Ending } from './applied.ts';

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
): 'waits' | 'plan' | 'cancelled' | 'skipped' {
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
  let stopped = false;
  for (const stage of byStage(delivery)) {
    for (const unit of stage) {
      if (ended.has(unit.path)) continue;
      const verdict = stopped ? 'cancelled' : guard(unit, outcome);
      if (verdict === 'plan') ready.push(unit);
      else if (verdict !== 'waits') ended.set(unit.path, { outcome: verdict, half: false });
    }
    if (stage.some(({ path }) => !ended.has(path))) break;
    stopped ||= stage.some(({ path }) => !endedWell(ended.get(path)?.outcome ?? 'cancelled'));
  }
  return { ended, ready };
}

const isOver = (ending: Ending | undefined) =>
  ending?.kept === true || ending?.outcome === 'rolled-back' || ending?.outcome === 'rollback-failed';

/** @param chosen units to roll back. One of them that can't be, since a dependent could not, ends `rollback-failed` here. */
export function readyToRollBack(delivery: Delivery, before: Endings, chosen: ReadonlySet<string>): Ready {
  const ended = new Map(before);
  const ready: DeliveryUnit[] = [];
  const dependents = reversed(new Map(delivery.units.map(({ path, after }) => [path, after])));
  const over = new Set<string>();
  const isStuck = (path: string) => ended.get(path)?.outcome === 'rollback-failed';
  for (const stage of byStage(delivery).reverse()) {
    for (const unit of stage.toReversed()) {
      const { path } = unit;
      const later = dependents.get(path) ?? [];
      if (!later.every((each) => over.has(each))) continue;
      const waits = chosen.has(path) && !isOver(ended.get(path));
      if (waits && !later.some(isStuck)) {
        ready.push(unit);
        continue;
      }
      if (waits) ended.set(path, { outcome: 'rollback-failed', half: false });
      over.add(path);
    }
    if (stage.some(({ path }) => !over.has(path))) break;
  }
  return { ended, ready };
}
