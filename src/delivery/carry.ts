/** Which units a delivery leaves unapplied, and which of those still need a delivery when the next commit comes. */
import { type ChangeSet, type Delivery, type DeliveryUnit, endedWell, type TouchedUnit } from '../model.ts';
import type { Applied, Ending } from './applied.ts';
import type { CarriedUnit } from './pointer.ts';

/** The carried units after a delivery: what was carried before and was not in it, and what it left open. */
export function carryOver(
  before: readonly CarriedUnit[],
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
): CarriedUnit[] {
  const inside = new Set(delivery.units.map((unit) => unit.path));
  const open = delivery.units.flatMap((unit): CarriedUnit[] => {
    const ending = endings.get(unit.path);
    if (ending !== undefined && endedWell(ending.outcome)) return [];
    const how = ending?.outcome ?? 'not reached';
    const stale = unit.after.some((path) => endings.get(path)?.outcome === 'applied');
    return [
      {
        path: unit.path,
        reason: `${how} in ${delivery.id}`,
        stale,
        deleted: unit.deleted ? asTouched(unit, delivery) : null,
      },
    ];
  });
  return [...before.filter((unit) => !inside.has(unit.path)), ...open];
}

function asTouched(unit: DeliveryUnit, delivery: Delivery): TouchedUnit {
  return {
    path: unit.path,
    change: 'deleted',
    reasons: unit.reasons,
    tool: unit.tool,
    dependencies: unit.dependencies,
    dependents: delivery.units.filter((other) => unit.after.includes(other.path)).map((other) => other.path),
  };
}

/** Carried units that still need a delivery at the change set's head: those whose code there isn't what is applied. */
export function stillOpen(carried: readonly CarriedUnit[], changeSet: ChangeSet, applied: Applied): CarriedUnit[] {
  const fingerprints = new Map(changeSet.graph.map((unit) => [unit.path, unit.fingerprint]));
  return carried.filter((unit) => {
    const now = fingerprints.get(unit.path);
    const record = applied.units[unit.path];
    if (now === undefined) return unit.deleted !== null && wasEverApplied(record);
    if (unit.stale || record === undefined || record.half !== null) return true;
    return record.fingerprint !== now;
  });
}

/** False when it is known that nothing of the unit is applied, not even half. */
export function wasEverApplied(record: Applied['units'][string] | undefined): boolean {
  return record === undefined || record.commit !== null || record.half !== null;
}
