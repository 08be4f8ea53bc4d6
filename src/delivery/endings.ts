/** How the units of a delivery ended: as the execution tells it, as the builds left it, and as it is written down. */
import * as z from 'zod';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { DeliveryError } from '../errors.ts';
import { type Delivery, type DeliveryUnit, durationsSchema, outcomes, runResultSchema, unitPath } from '../model.ts';
import type { Ending } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { keptEndings } from './kept-endings.ts';
import { applying, existedBefore, factsOf, readFrom, readListed, toldEnding, type UnitFacts } from './unit-facts.ts';

export const deliveryOutcomesSchema = z.strictObject({
  version: z.literal(1),
  delivery: z.string(),
  outcomes: z.record(unitPath, z.enum(outcomes)),
  /** Units whose apply or rollback was cut off half way. */
  half: z.array(unitPath),
  endedAt: z.iso.datetime(),
});
export type DeliveryOutcomes = z.infer<typeof deliveryOutcomesSchema>;

/** The execution's data under `$.o`: a record of each ended unit, by its key. */
export const unitRecordsSchema = z.record(
  z.string(),
  z.object({
    unit: unitPath,
    outcome: z.enum(outcomes),
    half: z.boolean().optional(),
    durations: durationsSchema.optional(),
  }),
);
export type UnitRecords = z.infer<typeof unitRecordsSchema>;

export function endingsOf(document: DeliveryOutcomes): Map<string, Ending> {
  const half = new Set(document.half);
  return new Map(Object.entries(document.outcomes).map(([path, outcome]) => [path, { outcome, half: half.has(path) }]));
}

/** What the pipeline tells of its units: their records, or the key under which their endings are kept in the bucket. */
export const toldSchema = z.union([unitRecordsSchema, z.string()]);
export type Told = z.infer<typeof toldSchema>;

/** @throws DeliveryError when nothing is kept under the key. */
export async function toldEndings(delivery: Delivery, told: Told, bucket: Bucket): Promise<Map<string, Ending>> {
  if (typeof told !== 'string') return fromRecords(delivery, told, bucket);
  const kept = await keptEndings(bucket, told);
  if (kept) return kept;
  throw new DeliveryError(`${told} is not in the artifact bucket; restore the deleted object.`);
}

/** The execution only knows that an apply failed; its result knows whether it was refused before it changed anything. */
async function fromRecords(delivery: Delivery, records: UnitRecords, bucket: Bucket): Promise<Map<string, Ending>> {
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const read = readFrom(bucket);
  const endings = await atMost(bucketRequests, Object.values(records), async ({ unit: path, half, ...told }) => {
    const unit = units.get(path);
    const begun = half === true && unit !== undefined && !(await wasRefused(delivery.id, unit, bucket));
    const ending: Ending = { ...told, half: begun };
    const plan = () => read(bucketKeys.result(delivery.id, path, 'plan'), runResultSchema);
    return [path, { ...ending, existed: unit && (await existedBefore(unit, ending, plan)) }] as const;
  });
  return new Map(endings);
}

async function wasRefused(id: string, unit: DeliveryUnit, bucket: Bucket): Promise<boolean> {
  const result = await readStored(bucket, bucketKeys.result(id, unit.path, applying(unit)), runResultSchema);
  return result?.value.outcome === 'failed' && result.value.plan === null;
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
    const ending = fromBuild(facts, began('rollback'), began(applying(unit)));
    return [unit.path, { ...ending, existed: await existedBefore(unit, ending, async () => facts.plan) }] as const;
  });
  return new Map(endings);
}

function fromBuild(facts: UnitFacts, rollbackBegan: boolean, applyBegan: boolean): Ending {
  if (facts.rollback?.outcome === 'rolled-back') return { outcome: 'rolled-back', half: false };
  if (facts.rollback || rollbackBegan) return { outcome: 'rollback-failed', half: true };
  return toldEnding(facts, applyBegan) ?? { outcome: 'cancelled', half: false };
}
