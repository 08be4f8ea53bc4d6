/**
 * Which commit each unit's state stands at: `pipeline/applied.json`. A pure function makes the next record from how a
 * delivery ended; `finish` writes it.
 */
import * as z from 'zod';
import { commitId, type Delivery, type DeliveryUnit, type Outcome, unitPath } from '../model.ts';

export const appliedUnitSchema = z.strictObject({
  /** Last applied commit; null when nothing is applied. */
  commit: commitId.nullable(),
  /** Fingerprint of the code at that commit; null when it isn't known. */
  fingerprint: z.string().nullable(),
  /** The commit whose apply began and did not end well; null when the state is whole. */
  half: commitId.nullable(),
});
export type AppliedUnit = z.infer<typeof appliedUnitSchema>;

export const appliedSchema = z.strictObject({
  version: z.literal(1),
  units: z.record(unitPath, appliedUnitSchema),
});
export type Applied = z.infer<typeof appliedSchema>;

export const nothingApplied: Applied = { version: 1, units: {} };

/** How a unit ended: its outcome, and whether an apply was cut off half way. */
export interface Ending {
  outcome: Outcome;
  half: boolean;
}

/** What is applied after a delivery. Giving the same endings twice changes nothing more. */
export function applyEndings(
  applied: Applied,
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
  fingerprint: (path: string) => string | null,
): Applied {
  const units = { ...applied.units };
  for (const unit of delivery.units) {
    const ending = endings.get(unit.path);
    if (ending === undefined) continue;
    units[unit.path] = next(units[unit.path], unit, ending, delivery.head, fingerprint(unit.path));
  }
  return { version: 1, units };
}

function next(
  before: AppliedUnit | undefined,
  unit: DeliveryUnit,
  { outcome, half }: Ending,
  head: string,
  fingerprint: string | null,
): AppliedUnit {
  const kept: AppliedUnit = before ?? { commit: unit.base, fingerprint: null, half: null };
  switch (outcome) {
    case 'applied':
    case 'unchanged':
      return unit.deleted ? { commit: null, fingerprint: null, half: null } : { commit: head, fingerprint, half: null };
    case 'rolled-back':
      return kept.commit === unit.base ? { ...kept, half: null } : { commit: unit.base, fingerprint: null, half: null };
    case 'rollback-failed':
      return { ...kept, half: head };
    case 'failed':
      return half ? { ...kept, half: head } : kept;
    case 'skipped':
    case 'declined':
    case 'cancelled':
      return kept;
  }
}
