/** Which units a delivery leaves unapplied, and which of those still need a delivery when the next commit comes. */
import { type ChangeSet, type Delivery, type DeliveryUnit, endedWell, type TouchedUnit, type Unit } from '../model.ts';
import { ownValue } from '../own-value.ts';
import { type Applied, type Ending, isModified } from './applied.ts';
import type { CarriedUnit } from './pointer.ts';
import { readBefore, rollbackOrder } from './rollback-order.ts';

/** The carried units after a delivery: what was carried before and was not in it, and what it left open. */
export function carryOver(
  before: readonly CarriedUnit[],
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
): CarriedUnit[] {
  const inside = new Set(delivery.units.map((unit) => unit.path));
  const staleBefore = new Set(before.filter((unit) => unit.stale).map((unit) => unit.path));
  const { early } = rollbackOrder(delivery);
  const outcomeOf = (path: string) => endings.get(path)?.outcome;
  const open = delivery.units.flatMap((unit): CarriedUnit[] => {
    const outcome = outcomeOf(unit.path);
    const isBack = outcome === 'rolled-back';
    // A deleted unit comes after what read it; whether it is out of date, should it come back, its dependencies say. What was rolled back
    // is up to date, but for what it reads that went back only after it.
    const reads = isBack ? (early.get(unit.path) ?? []) : unit.deleted ? unit.dependencies : unit.after;
    const rolledBack = reads.find((path) => outcomeOf(path) === 'rolled-back');
    const reasons = [
      ...(outcome !== undefined && endedWell(outcome) ? [] : [`${outcome ?? 'not reached'} in ${delivery.id}`]),
      // It was applied, or rolled back itself, while that dependency still had its newer outputs.
      ...(rolledBack === undefined ? [] : [`reads outputs of ${rolledBack}, which ${delivery.id} rolled back`]),
    ];
    if (reasons.length === 0) return [];
    // It is out of date in either of its codes, since git may be brought back to the one that is applied.
    const inBoth = [...reads, ...readBefore(unit)];
    const stale =
      rolledBack !== undefined ||
      endings.get(unit.path)?.complete === true ||
      (!isBack && (staleBefore.has(unit.path) || inBoth.some((path) => mayHaveChanged(endings.get(path)))));
    const deleted = unit.deleted && outcome !== 'applied' ? asTouched(unit) : null;
    return [{ path: unit.path, reason: reasons.join('; '), stale, deleted }];
  });
  return [...before.filter((unit) => !inside.has(unit.path)), ...open];
}

/** Whether outputs of a unit may be other ones after its delivery: it was applied, if only by half, and did not go back. */
function mayHaveChanged(ending: Ending | undefined): boolean {
  return isModified(ending) || ending?.outcome === 'rollback-failed';
}

/** Units that are there only because others read them and that were applied nevertheless. */
export function appliedUnexpectedly({ units }: Delivery, endings: ReadonlyMap<string, Ending>): string[] {
  const applied = units.filter((unit) => unit.change === 'dependency' && mayHaveChanged(endings.get(unit.path)));
  return applied.map((unit) => unit.path);
}

/** What reads outputs of such units and was not in the delivery, carried. */
export function carryReaders(
  carried: readonly CarriedUnit[],
  delivery: Delivery,
  applied: readonly string[],
  graph: readonly Unit[],
): CarriedUnit[] {
  const inside = new Set(delivery.units.map((unit) => unit.path));
  const readers = graph.flatMap(({ path, dependencies }): CarriedUnit[] => {
    const read = dependencies.find((one) => applied.includes(one));
    if (read === undefined || inside.has(path)) return [];
    const before = carried.find((unit) => unit.path === path);
    const reason = `reads outputs of ${read}, which ${delivery.id} applied`;
    return [{ path, reason: before ? `${before.reason}; ${reason}` : reason, stale: true, deleted: null }];
  });
  const now = new Set(readers.map((unit) => unit.path));
  return [...carried.filter((unit) => !now.has(unit.path)), ...readers];
}

/** What a deleted unit comes after is what reads it. */
function asTouched(unit: DeliveryUnit): TouchedUnit {
  return {
    path: unit.path,
    change: 'deleted',
    reasons: unit.reasons,
    tool: unit.tool,
    dependencies: unit.dependencies,
    dependents: unit.after,
    ...(unit.writes ? { writes: unit.writes } : {}),
  };
}

/** Carried units that still need a delivery at the change set's head: those whose code there isn't what is applied, or can't be understood. */
export function stillOpen(carried: readonly CarriedUnit[], changeSet: ChangeSet, applied: Applied): CarriedUnit[] {
  const fingerprints = new Map(changeSet.graph.map((unit) => [unit.path, unit.fingerprint]));
  const notUnderstood = new Set(changeSet.graph.filter(({ error }) => error !== undefined).map(({ path }) => path));
  const deletedNow = new Set(changeSet.touched.filter((unit) => unit.change === 'deleted').map((unit) => unit.path));
  return carried.filter((unit) => {
    const now = fingerprints.get(unit.path);
    const record = ownValue(applied.units, unit.path);
    if (now === undefined && unit.held === null) return wasEverApplied(record);
    if (now === undefined) return (unit.deleted !== null || deletedNow.has(unit.path)) && wasEverApplied(record);
    if (unit.stale || record === undefined || record.half !== null || notUnderstood.has(unit.path)) return true;
    return record.fingerprint !== now;
  });
}

/** False when it is known that nothing of the unit is applied, not even half. */
export function wasEverApplied(record: Applied['units'][string] | undefined): boolean {
  return record === undefined || record.commit !== null || record.half !== null;
}
