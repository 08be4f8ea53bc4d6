/** The commits whose code a delivery uses for a unit: builds check out these and no others. */
import type { Delivery, DeliveryUnit } from '../model.ts';

type Unit = Pick<DeliveryUnit, 'base' | 'deleted'>;
type Range = Pick<Delivery, 'base' | 'head'>;

/** The commit of the code that is applied now; null when none ever was. */
export function appliedCommit(unit: Unit, delivery: Range): string | null {
  // A deleted unit without a record may still have left something behind: its last code knows.
  return unit.base ?? (unit.deleted ? delivery.base : null);
}

/** The commit whose code a plan, an apply or a destroy uses. */
export function deliveredCommit(unit: Unit, delivery: Range): string {
  return unit.deleted ? (appliedCommit(unit, delivery) ?? delivery.head) : delivery.head;
}

/** The commit whose code a rollback uses. */
export function rollbackCommit(unit: Unit, delivery: Range): string {
  return appliedCommit(unit, delivery) ?? delivery.head;
}
