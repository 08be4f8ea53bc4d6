/**
 * What an execution of the pipeline tells of its units: the data under `$.o` (statemachine/places.ts) with a record for each
 * unit that was begun, and one more for each that was to be rolled back; without an outcome where it was kept as it is. What was never begun
 * follows from the rest. Pure.
 */
import * as z from 'zod';
import { unitKeys } from '../../statemachine/unit-keys.ts';
import { type Delivery, type DeliveryUnit, durationsSchema, endedWell, type Outcome, outcomes } from '../model.ts';
import { byStage } from './ready.ts';
import { withoutProspect } from './without-prospect.ts';

/**
 * What the state machine `build` answered last: the outcome, or the step that was to come next. What can't be read is what a build of
 * somebody's own buildspec said: it must not keep the others' outcomes from being written down.
 */
const recordSchema = z
  .object({
    outcome: z.enum(outcomes).optional(),
    action: z.enum(['ask', 'apply', 'destroy']).optional(),
    half: z.boolean().optional(),
    durations: durationsSchema.optional(),
    unreadable: z.literal(true).optional(),
  })
  .catch({ unreadable: true });
type Answer = z.infer<typeof recordSchema>;

const leaf = z.object({ r: recordSchema });

/** Records by key, and what the branches of groups answered, by the group's number. */
export interface Records {
  [key: string]: z.infer<typeof leaf> | Records[];
}
export const recordsSchema: z.ZodType<Records> = z.record(
  z.string(),
  z.union([leaf, z.array(z.lazy(() => recordsSchema))]),
);

/** How a unit ended, as far as the execution knows. */
export interface UnitRecord {
  outcome: Outcome;
  /** An apply began, and did not end as it should. */
  half?: boolean;
  /** It was not approved, and the bucket knows more. */
  unanswered?: true;
  durations?: z.infer<typeof durationsSchema>;
}

/** By path, for every unit of the delivery. */
export function readRecords(delivery: Delivery, told: Records): Map<string, UnitRecord> {
  const answers = flat(told);
  const records = new Map<string, UnitRecord>();
  const [key, rollbackKey] = [unitKeys(delivery), unitKeys(delivery, 'r')];
  const ignored = withoutProspect(delivery.units);
  let stopped = false;
  for (const stage of byStage(delivery)) {
    for (const unit of stage) {
      const answer = answers.get(key(unit.path));
      records.set(unit.path, answer ? ofAnswer(answer) : { outcome: neverBegun(unit, records, stopped) });
    }
    stopped ||= stage.some(({ path }) => !ignored.has(path) && !isWell(records.get(path)));
  }
  for (const { path } of delivery.units) {
    const back = answers.get(rollbackKey(path));
    if (back?.unreadable) records.set(path, { outcome: 'rollback-failed' });
    else if (back?.outcome) records.set(path, { outcome: back.outcome });
  }
  return records;
}

function flat(told: Records): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const [key, value] of Object.entries(told)) {
    if (Array.isArray(value))
      for (const branch of value) for (const [inner, answer] of flat(branch)) answers.set(inner, answer);
    else answers.set(key, value.r);
  }
  return answers;
}

const isWell = (record: UnitRecord | undefined) => record !== undefined && endedWell(record.outcome);

function ofAnswer({ outcome, action, half, durations }: Answer): UnitRecord {
  if (outcome) return { outcome, ...(half ? { half } : {}), ...(durations ? { durations } : {}) };
  return action === 'ask' ? { outcome: 'failed', unanswered: true } : { outcome: 'failed', half: true };
}

/** A unit without a record: it can't be understood, something before it ended badly, or the execution of `build` that was to plan it broke. */
function neverBegun(
  { after, error }: DeliveryUnit,
  records: ReadonlyMap<string, UnitRecord>,
  stopped: boolean,
): Outcome {
  if (error !== undefined) return 'failed';
  if (stopped) return 'cancelled';
  return after.every((path) => isWell(records.get(path))) ? 'failed' : 'cancelled';
}
