/**
 * Which commit each unit's state stands at, and how long its plan and apply took: `pipeline/applied.json`. A pure function
 * makes the next record from how a delivery ended; `finish` writes it.
 */
import * as z from 'zod';
import {
  commitId,
  type Delivery,
  type DeliveryUnit,
  type Durations,
  durationsSchema,
  type Outcome,
  tools,
  unitPath,
  unknownDurations,
} from '../model.ts';
import { ownValue } from '../own-value.ts';
import { takenOver } from './moved.ts';
import { readBefore } from './rollback-order.ts';

export const appliedUnitSchema = z.strictObject({
  /** Last applied commit; null when nothing is applied. */
  commit: commitId.nullable(),
  /** Fingerprint of the code at that commit; null when it isn't known. */
  fingerprint: z.string().nullable(),
  /** The commit whose apply began and did not end well; null when the state is whole. */
  half: commitId.nullable(),
  /** Tool of the code at that commit; absent when nothing is applied, or it isn't known. */
  tool: z.enum(tools).optional(),
  /** True when nothing was there before the first delivery of it, and that has not ended well yet: what the state holds is ours. */
  ours: z.boolean().optional(),
  /** Units whose outputs the applied code reads; of one that is half applied, also those that the other half may read. Absent where it isn't known. */
  reads: z.array(unitPath).optional(),
  /** Where that code lies, when the unit has moved since. */
  directory: unitPath.optional(),
  /** The states that the applied code writes; absent where they aren't known. */
  writes: z.array(z.string()).optional(),
  /** Each as it took last. */
  durations: durationsSchema.default(unknownDurations),
});
export type AppliedUnit = z.infer<typeof appliedUnitSchema>;

export const appliedSchema = z.strictObject({
  version: z.literal(1),
  units: z.record(unitPath, appliedUnitSchema),
});
export type Applied = z.infer<typeof appliedSchema>;

export const nothingApplied: Applied = { version: 1, units: {} };

/** How a unit ended: its outcome, whether an apply was cut off half way, and as far as that was told, how long it took and why. */
export interface Ending {
  outcome: Outcome;
  half: boolean;
  /** It failed after all of it was applied or rolled back, as the state shows. */
  complete?: boolean | undefined;
  /** It was to be rolled back, and stays as it is delivered: the plan of that was not approved, or that of what reads it. */
  kept?: boolean | undefined;
  /** Whether the state held anything before this delivery; undefined when no plan told. */
  existed?: boolean | undefined;
  durations?: Durations | undefined;
  reason?: string | undefined;
}

/** Whether its apply has changed the unit, or may have, and it did not go back. */
export function isModified(ending: Ending | undefined): boolean {
  return ending?.outcome === 'applied' || ending?.half === true || ending?.complete === true;
}

/** What is applied after a delivery. Giving the same endings twice changes nothing more. */
export function applyEndings(
  applied: Applied,
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
  fingerprint: (path: string) => string | null,
): Applied {
  let units = { ...applied.units };
  for (const unit of delivery.units) {
    const ending = endings.get(unit.path);
    if (ending === undefined) continue;
    units = takenOver(units, unit.path, unit.movedFrom);
    const before = ownValue(units, unit.path);
    units[unit.path] = {
      ...next(before, unit, ending, delivery.head, fingerprint(unit.path)),
      durations: lastDurations(before?.durations, ending.durations),
    };
  }
  return { version: 1, units };
}

/** A plan without changes tells nothing of the apply, which stays as it took before. */
function lastDurations(before = unknownDurations, now = unknownDurations): Durations {
  return { plan: now.plan ?? before.plan, apply: now.apply ?? before.apply };
}

type Standing = Omit<AppliedUnit, 'durations'>;

function next(
  before: Standing | undefined,
  unit: DeliveryUnit,
  { outcome, half, complete, existed }: Ending,
  head: string,
  fingerprint: string | null,
): Standing {
  const ours = unit.base === null && (unit.ours === true || before?.ours === true || existed === false);
  const owned = ours ? { ours } : {};
  const broken = { half: head, ...owned, ...readsOfBoth(before, unit) };
  const kept: Standing = before ?? (unit.base === null ? nothing : standingBefore(unit));
  const back = () => whole(kept.commit === unit.base ? kept : standingBefore(unit));
  switch (outcome) {
    case 'applied':
    case 'unchanged':
      return standingAt(head, fingerprint, unit);
    case 'rolled-back':
      return back();
    case 'rollback-failed':
      return complete ? back() : { ...kept, ...broken };
    case 'failed':
      if (complete) return { ...standingAt(head, fingerprint, unit), ...owned };
      return half ? { ...kept, ...broken } : kept;
    case 'skipped':
    case 'declined':
    case 'cancelled':
      return kept;
  }
}

/** Of a unit that is delivered whole. */
function standingAt(head: string, fingerprint: string | null, unit: DeliveryUnit): Standing {
  const { deleted, tool, dependencies, writes } = unit;
  if (deleted) return nothing;
  return { commit: head, fingerprint, half: null, tool, reads: dependencies, ...(writes ? { writes } : {}) };
}

/** Of a unit without a record. */
function standingBefore(unit: DeliveryUnit): Standing {
  const { base, baseDirectory } = unit;
  const there = baseDirectory === undefined ? {} : { directory: baseDirectory };
  return { commit: base, fingerprint: null, half: null, reads: [...readBefore(unit)], ...there };
}

const nothing: Standing = { commit: null, fingerprint: null, half: null };

function whole({ commit, fingerprint, reads, tool, directory, writes }: Standing): Standing {
  const whole = { commit, fingerprint, half: null, ...(tool ? { tool } : {}), ...(directory ? { directory } : {}) };
  return { ...whole, ...(writes ? { writes } : {}), ...(reads && commit !== null ? { reads } : {}) };
}

/** Not known when it isn't known of the code that was there. */
function readsOfBoth(before: Standing | undefined, { base, dependencies }: DeliveryUnit): Pick<Standing, 'reads'> {
  const older = before?.reads ?? (base === null ? [] : undefined);
  return older ? { reads: [...new Set([...older, ...dependencies])].sort() } : {};
}
