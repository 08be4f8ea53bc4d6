/** How the units of a delivery ended: as the execution tells it, as the builds left it, and as it is written down. */
import * as z from 'zod';
import { unitRequestSchema } from '../approval/request.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import {
  type Delivery,
  type DeliveryUnit,
  type Outcome,
  outcomes,
  type RunResult,
  runResultSchema,
  unitPath,
} from '../model.ts';
import type { Ending } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { type Records, readRecords, type UnitRecord } from './records.ts';

export const deliveryOutcomesSchema = z.strictObject({
  version: z.literal(1),
  delivery: z.string(),
  outcomes: z.record(unitPath, z.enum(outcomes)),
  /** Units whose apply or rollback was cut off half way. */
  half: z.array(unitPath),
  endedAt: z.iso.datetime(),
});
export type DeliveryOutcomes = z.infer<typeof deliveryOutcomesSchema>;

export function endingsOf(document: DeliveryOutcomes): Map<string, Ending> {
  const half = new Set(document.half);
  return new Map(Object.entries(document.outcomes).map(([path, outcome]) => [path, { outcome, half: half.has(path) }]));
}

/** What an execution can't tell of a unit is in the bucket: whether anybody approved, and what a broken apply left. */
export async function fromRecords(delivery: Delivery, told: Records, bucket: Bucket): Promise<Map<string, Ending>> {
  const records = readRecords(delivery, told);
  const endings = delivery.units.map(async (unit): Promise<[string, Ending]> => {
    const ending = await fromRecord(delivery.id, unit, records.get(unit.path) ?? { outcome: 'cancelled' }, bucket);
    return [unit.path, { ...ending, existed: await existedBefore(delivery.id, unit, ending, bucket) }];
  });
  return new Map(await Promise.all(endings));
}

async function fromRecord(id: string, unit: DeliveryUnit, record: UnitRecord, bucket: Bucket): Promise<Ending> {
  const { outcome, half = false, unanswered, durations } = record;
  if (unanswered) return { outcome: await answered(id, unit, bucket), half: false };
  if (outcome === 'failed' && half) return brokenApply(id, unit, bucket);
  return { outcome, half, durations };
}

const request = async (id: string, { path }: DeliveryUnit, bucket: Bucket) =>
  (await readStored(bucket, bucketKeys.request(id, path), unitRequestSchema))?.value;

/** How a unit ended that was not approved: by an approver's answer, or because asking failed. */
async function answered(id: string, unit: DeliveryUnit, bucket: Bucket): Promise<Outcome> {
  const answer = (await request(id, unit, bucket))?.answer?.result.outcome;
  return answer === 'declined' || answer === 'cancelled' ? answer : 'failed';
}

/** An apply that was refused changed nothing; nor did one whose plan was stale, unless a newer plan was approved since. */
async function brokenApply(id: string, unit: DeliveryUnit, bucket: Bucket): Promise<Ending> {
  const result = await resultOf(id, unit, applying(unit), bucket);
  if (result?.outcome === 'cancelled') return { outcome: 'cancelled', half: false };
  if (result?.outcome === 'failed') return { outcome: 'failed', half: result.plan !== null };
  if (result?.outcome !== 'stale') return { outcome: 'failed', half: true };
  const asked = await request(id, unit, bucket);
  if (asked?.answer?.result.outcome === 'approved')
    return { outcome: 'failed', half: asked.plan.sha256 !== result.plan };
  return { outcome: await answered(id, unit, bucket), half: false };
}

/** Asked only where it matters: what an apply or a rollback has left half done, of a unit of which no commit is recorded. */
async function existedBefore(
  id: string,
  unit: DeliveryUnit,
  { outcome, half }: Ending,
  bucket: Bucket,
): Promise<boolean | undefined> {
  if (unit.base !== null || !(half || outcome === 'rollback-failed')) return undefined;
  return (await resultOf(id, unit, 'plan', bucket))?.existed;
}

const applying = (unit: DeliveryUnit) => (unit.deleted ? 'destroy' : 'apply');

async function resultOf(
  id: string,
  { path }: DeliveryUnit,
  action: string,
  bucket: Bucket,
): Promise<RunResult | undefined> {
  return (await readStored(bucket, bucketKeys.result(id, path, action), runResultSchema))?.value;
}

/**
 * The endings of an execution that was stopped or broke: a unit whose rollback or apply left a result ended so; one whose
 * rollback or apply left a log but no result may be half done; everything else was never begun.
 */
export async function fromBuilds(delivery: Delivery, bucket: Bucket): Promise<Map<string, Ending>> {
  const endings = new Map<string, Ending>();
  for (const unit of delivery.units) {
    const ending = await fromBuild(delivery.id, unit, bucket);
    endings.set(unit.path, { ...ending, existed: await existedBefore(delivery.id, unit, ending, bucket) });
  }
  return endings;
}

async function fromBuild(id: string, unit: DeliveryUnit, bucket: Bucket): Promise<Ending> {
  const began = async (action: string) => (await bucket.read(bucketKeys.log(id, unit.path, action))) !== undefined;
  const rollback = await resultOf(id, unit, 'rollback', bucket);
  if (rollback?.outcome === 'rolled-back') return { outcome: 'rolled-back', half: false };
  if (rollback || (await began('rollback'))) return { outcome: 'rollback-failed', half: true };
  const apply = await resultOf(id, unit, applying(unit), bucket);
  if (apply?.outcome === 'applied') return { outcome: 'applied', half: false, durations: apply.durations };
  if (apply?.outcome === 'failed') return { outcome: 'failed', half: apply.plan !== null };
  if (apply?.outcome === 'cancelled') return { outcome: 'cancelled', half: false };
  const plan = await resultOf(id, unit, 'plan', bucket);
  if (plan?.outcome === 'unchanged') return { outcome: 'unchanged', half: false, durations: plan.durations };
  if (plan?.outcome === 'failed' || plan?.outcome === 'cancelled') return { outcome: plan.outcome, half: false };
  // A stale plan's result tells nothing of the apply of the plan that was made after it.
  const told = apply !== undefined && apply.plan === plan?.plan;
  if (!told && (await began(applying(unit)))) return { outcome: 'failed', half: true };
  return { outcome: 'cancelled', half: false };
}
