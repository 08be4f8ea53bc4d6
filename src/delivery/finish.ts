/**
 * How a delivery ended, written down: the outcome of every unit, and with it what is applied now. Called by the pipeline's
 * state "Record outcomes", and by the poll for an execution that ended without reaching it. Doing it twice changes nothing.
 */
import { z } from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { changeStored, readExpected, readStored, toJson } from '../aws/stored.ts';
import {
  type ChangeSet,
  changeSetSchema,
  type Delivery,
  deliverySchema,
  endedWell,
  outcomes,
  runResultSchema,
  unitPath,
} from '../model.ts';
import { appliedSchema, applyEndings, type Ending, nothingApplied } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';

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
  z.object({ unit: unitPath, outcome: z.enum(outcomes), half: z.boolean().optional() }),
);
export type UnitRecords = z.infer<typeof unitRecordsSchema>;

export interface Finished {
  /** The queue must wait: a rollback failed, or something is half applied. */
  halted: boolean;
  /** Git says something other than what is applied. */
  sync: boolean;
  outcomes: DeliveryOutcomes['outcomes'];
}

export interface FinishContext {
  bucket: Bucket;
  now: () => Date;
}

/** @param records undefined when the execution ended without telling: what the builds left in the bucket is used. */
export async function finish(id: string, records: UnitRecords | undefined, context: FinishContext): Promise<Finished> {
  const { bucket } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const written = await readStored(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema);
  const endings = written
    ? endingsOf(written.value)
    : records
      ? fromRecords(records)
      : await fromBuilds(delivery, bucket);
  const changeSet = await readExpected(bucket, bucketKeys.changeSet(delivery.head, delivery.sequence), changeSetSchema);
  const fingerprint = fingerprintsOf(changeSet);
  await changeStored(bucket, bucketKeys.applied, appliedSchema, (applied) =>
    applyEndings(applied ?? nothingApplied, delivery, endings, fingerprint),
  );
  if (!written) {
    const document: DeliveryOutcomes = {
      version: 1,
      delivery: id,
      outcomes: Object.fromEntries([...endings].map(([path, ending]) => [path, ending.outcome])),
      half: [...endings].filter(([, ending]) => ending.half).map(([path]) => path),
      endedAt: context.now().toISOString(),
    };
    await bucket.write(bucketKeys.outcomes(id), toJson(document), { ifNoneMatch: '*' });
  }
  return conclude(endings);
}

/** Whether the queue must wait and whether git must be brought back, from how the units ended. */
export function conclude(endings: ReadonlyMap<string, Ending>): Finished {
  const all = [...endings.values()];
  const halted = all.some(({ outcome, half }) => outcome === 'rollback-failed' || (outcome === 'failed' && half));
  return {
    halted,
    sync: !halted && all.some(({ outcome }) => !endedWell(outcome)),
    outcomes: Object.fromEntries([...endings].map(([path, ending]) => [path, ending.outcome])),
  };
}

export function endingsOf(document: DeliveryOutcomes): Map<string, Ending> {
  const half = new Set(document.half);
  return new Map(Object.entries(document.outcomes).map(([path, outcome]) => [path, { outcome, half: half.has(path) }]));
}

function fromRecords(records: UnitRecords): Map<string, Ending> {
  return new Map(Object.values(records).map(({ unit, outcome, half }) => [unit, { outcome, half: half ?? false }]));
}

/**
 * The endings of an execution that was stopped or broke: a unit whose rollback or apply left a result ended so; one whose
 * approved apply left none may be half applied; everything else was never begun.
 */
async function fromBuilds(delivery: Delivery, bucket: Bucket): Promise<Map<string, Ending>> {
  const endings = new Map<string, Ending>();
  for (const unit of delivery.units) {
    const result = async (action: string) =>
      (await readStored(bucket, bucketKeys.result(delivery.id, unit.path, action), runResultSchema))?.value.outcome;
    const rollback = await result('rollback');
    const apply = await result(unit.deleted ? 'destroy' : 'apply');
    const log = await bucket.read(bucketKeys.log(delivery.id, unit.path, unit.deleted ? 'destroy' : 'apply'));
    if (rollback === 'rolled-back') endings.set(unit.path, { outcome: 'rolled-back', half: false });
    else if (rollback === 'failed') endings.set(unit.path, { outcome: 'rollback-failed', half: true });
    else if (apply === 'applied') endings.set(unit.path, { outcome: 'applied', half: false });
    else if (apply === 'failed' || log) endings.set(unit.path, { outcome: 'failed', half: true });
    else if ((await result('plan')) === 'unchanged') endings.set(unit.path, { outcome: 'unchanged', half: false });
    else endings.set(unit.path, { outcome: 'cancelled', half: false });
  }
  return endings;
}

function fingerprintsOf(changeSet: ChangeSet): (path: string) => string | null {
  const known = new Map(changeSet.graph.map((unit) => [unit.path, unit.fingerprint]));
  return (path) => known.get(path) ?? null;
}
