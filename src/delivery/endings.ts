/** How the units of a delivery ended: as the execution tells it, as the builds left it, and as it is written down. */
import * as z from 'zod';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { DeliveryError } from '../errors.ts';
import { type Delivery, type DeliveryUnit, type Outcome, outcomes, unitPath } from '../model.ts';
import type { Ending } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { keptEndings } from './kept-endings.ts';
import { type Records, readRecords, recordsSchema, type UnitRecord } from './records.ts';
import {
  applying,
  endingOf,
  factsOf,
  isBackNevertheless,
  planOf,
  type Read,
  type RollbackFacts,
  readFrom,
  readListed,
  rollbackFactsOf,
  toldEnding,
  toldRollback,
  type UnitFacts,
  withExisted,
} from './unit-facts.ts';

export const deliveryOutcomesSchema = z.strictObject({
  version: z.literal(1),
  delivery: z.string(),
  outcomes: z.record(unitPath, z.enum(outcomes)),
  /** Units whose apply or rollback was cut off half way. */
  half: z.array(unitPath),
  /** Units whose apply or rollback failed after all of it was done, as their states show. */
  complete: z.array(unitPath).default([]),
  /** Somebody wants what did not end well tried again: the next attempt follows at once. */
  retry: z.literal(true).optional(),
  endedAt: z.iso.datetime(),
});
export type DeliveryOutcomes = z.infer<typeof deliveryOutcomesSchema>;

export function endingsOf(document: DeliveryOutcomes): Map<string, Ending> {
  const [half, complete] = [new Set(document.half), new Set(document.complete)];
  const ending = (path: string, outcome: Outcome) => ({ outcome, half: half.has(path), complete: complete.has(path) });
  return new Map(Object.entries(document.outcomes).map(([path, outcome]) => [path, ending(path, outcome)]));
}

/** What the pipeline tells of its units: their records, or the key under which their endings are kept in the bucket. */
export const toldSchema = z.union([recordsSchema, z.string()]);
export type Told = z.infer<typeof toldSchema>;

/** @throws DeliveryError when nothing is kept under the key. */
export async function toldEndings(delivery: Delivery, told: Told, bucket: Bucket): Promise<Map<string, Ending>> {
  if (typeof told !== 'string') return fromRecords(delivery, told, bucket);
  const kept = await keptEndings(bucket, told);
  if (kept) return kept;
  throw new DeliveryError(`${told} is not in the artifact bucket; restore the deleted object.`);
}

async function fromRecords(delivery: Delivery, told: Records, bucket: Bucket): Promise<Map<string, Ending>> {
  const records = readRecords(delivery, told);
  const read = readFrom(bucket);
  const began = async (key: string) => (await bucket.read(key)) !== undefined;
  const endings = await atMost(bucketRequests, delivery.units, async (unit) => {
    const ending = await fromRecord(delivery.id, unit, records.get(unit.path), read, began);
    return [unit.path, await withExisted(unit, ending, () => planOf(delivery.id, unit, read))] as const;
  });
  return new Map(endings);
}

/** What an execution can't tell of a unit is in the bucket: whether anybody approved, and what a broken apply left. */
async function fromRecord(
  id: string,
  unit: DeliveryUnit,
  { outcome, half = false, unanswered, durations }: UnitRecord = { outcome: 'cancelled' },
  read: Read,
  began: (key: string) => Promise<boolean>,
): Promise<Ending> {
  if (unanswered) return { outcome: answered(await factsOf(id, unit, read)), half: false };
  if (outcome === 'rollback-failed')
    return { outcome, half, complete: isBackNevertheless(await rollbackFactsOf(id, unit, read)) };
  if (outcome === 'failed' && half)
    return endingOf(await factsOf(id, unit, read), await began(bucketKeys.log(id, unit.path, applying(unit))));
  return { outcome, half, durations };
}

/** How a unit ended that was not approved: by an approver's answer, or because asking failed. */
function answered({ request }: UnitFacts): Outcome {
  const answer = request?.answer?.result.outcome;
  return answer === 'declined' || answer === 'cancelled' ? answer : 'failed';
}

/**
 * The endings of an execution that was stopped or broke: a unit whose rollback or apply left a result ended so; one whose
 * rollback or apply left a log but no result may be half done; everything else was never begun.
 */
export async function fromBuilds(delivery: Delivery, bucket: Bucket): Promise<Map<string, Ending>> {
  const { read, has } = await readListed(bucket, delivery.id);
  const endings = await atMost(bucketRequests, delivery.units, async (unit) => {
    const began = (action: string) => has(bucketKeys.log(delivery.id, unit.path, action));
    const facts = await factsOf(delivery.id, unit, read);
    const ending = fromBuild(facts, await rollbackFactsOf(delivery.id, unit, read), began, applying(unit));
    return [unit.path, await withExisted(unit, ending, async () => facts.plan)] as const;
  });
  return new Map(endings);
}

function fromBuild(facts: UnitFacts, back: RollbackFacts, began: (action: string) => boolean, apply: string): Ending {
  const told = toldRollback(back, began('rollback'));
  if (told === 'rolled-back') return { outcome: told, half: false };
  const complete = isBackNevertheless(back);
  if (told === 'rollback-failed') return { outcome: told, half: !complete, complete };
  return toldEnding(facts, began(apply)) ?? { outcome: 'cancelled', half: false };
}
