/** The commits whose code a delivery uses for a unit, and where in them it lies: builds check out these and no others. */
import type { Delivery, DeliveryUnit } from '../model.ts';

type Unit = Pick<DeliveryUnit, 'base' | 'deleted' | 'movedFrom' | 'stateBefore'>;
type Range = Pick<Delivery, 'base' | 'head'>;

/** The commit of the code that is applied to the unit's state; null when none ever was, as to a state that is another one since. */
export function appliedCommit(unit: Unit, delivery: Range): string | null {
  if (unit.stateBefore !== undefined) return null;
  // A deleted unit without a record may still have left something behind: its last code knows. Of a moved one that is the old directory's.
  return unit.base ?? (unit.deleted || unit.movedFrom !== undefined ? delivery.base : null);
}

/** The commit whose code a plan, an apply or a destroy uses. */
export function deliveredCommit(unit: Unit, delivery: Range): string {
  return unit.deleted ? (appliedCommit(unit, delivery) ?? delivery.head) : delivery.head;
}

/** The commit whose code a rollback uses. */
export function rollbackCommit(unit: Unit, delivery: Range): string {
  return appliedCommit(unit, delivery) ?? delivery.head;
}

/** Where the unit's code lies at one of these commits: before it was moved, elsewhere. */
export function directoryAt(
  commit: string,
  { path, base, baseDirectory, movedFrom }: Pick<DeliveryUnit, 'path' | 'base' | 'baseDirectory' | 'movedFrom'>,
  delivery: Range,
): string {
  if (commit === delivery.head || commit !== (base ?? delivery.base)) return path;
  return baseDirectory ?? (base === null ? movedFrom : undefined) ?? path;
}
