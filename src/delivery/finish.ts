/**
 * How a delivery ended, written down: the outcome of every unit, and with it what is applied now. Called by the pipeline's
 * state "Record outcomes", and by the poll for an execution that ended without reaching it. Doing it twice changes nothing.
 */
import { rollbackRequestSchema } from '../approval/request.ts';
import type { Bucket } from '../aws/bucket.ts';
import { changeStored, readExpected, readStored, toJson } from '../aws/stored.ts';
import type { Metric } from '../metrics.ts';
import { changeSetSchema, deliverySchema, endedWell, type Outcome } from '../model.ts';
import { worldOf } from '../selftest/world.ts';
import { appliedSchema, applyEndings, type Ending, nothingApplied } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import {
  type DeliveryOutcomes,
  deliveryOutcomesSchema,
  endingsOf,
  fromBuilds,
  type Told,
  toldEndings,
} from './endings.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { readPointer } from './pointer.ts';
import { syncRecordSchema } from './sync-record.ts';

export interface Finished {
  /** The queue must wait: a rollback failed, or something is half applied. */
  halted: boolean;
  /** Git says something other than what is applied, or it is proposed to change it. */
  sync: boolean;
  outcomes: Record<string, Outcome>;
}

/** The same, small enough for an execution's data however many units there are: how many ended how. */
export type FinishedInShort = Omit<Finished, 'outcomes'> & { outcomes: Partial<Record<Outcome, number>> };

export function inShort({ halted, sync, outcomes }: Finished): FinishedInShort {
  const counts: FinishedInShort['outcomes'] = {};
  for (const outcome of Object.values(outcomes)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { halted, sync, outcomes: counts };
}

export interface FinishContext {
  bucket: Bucket;
  now: () => Date;
  metric: Metric;
}

/** @param records undefined when the execution ended without telling: what the builds left in the bucket is used. */
export async function finish(id: string, records: Told | undefined, context: FinishContext): Promise<Finished> {
  const { bucket } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const written = await readStored(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema);
  const endings = written
    ? endingsOf(written.value)
    : records
      ? await toldEndings(delivery, records, bucket)
      : await fromBuilds(delivery, bucket);
  const changeSet = await readStored(bucket, bucketKeys.changeSet(delivery.sequence), changeSetSchema);
  // Somebody may have deleted the object meanwhile: that a fingerprint isn't known does no harm.
  const fingerprint = fingerprintsOf(changeSet?.value.graph ?? []);
  await changeStored(bucket, bucketKeys.applied, appliedSchema, (applied) =>
    applyEndings(applied ?? nothingApplied, delivery, endings, fingerprint),
  );
  const retry = written ? written.value.retry === true : await isTriedAgain(id, endings, bucket);
  if (!written) {
    const document: DeliveryOutcomes = {
      version: 1,
      delivery: id,
      outcomes: Object.fromEntries([...endings].map(([path, ending]) => [path, ending.outcome])),
      half: pathsOf(endings, ({ half }) => half),
      complete: pathsOf(endings, ({ complete }) => complete === true),
      ...(retry ? { retry } : {}),
      endedAt: context.now().toISOString(),
    };
    const first = await bucket.write(bucketKeys.outcomes(id), toJson(document), { ifNoneMatch: '*' });
    if (first !== undefined && worldOf(id) === undefined) {
      for (const [outcome, units] of Map.groupBy(endings.values(), (ending) => ending.outcome))
        context.metric('Units', units.length, { outcome });
    }
  }
  // What is half applied, and what git says that is not, is what the next attempt begins with.
  if (retry) return { ...conclude(endings), halted: false, sync: false };
  // There is no git to bring back in step.
  if (worldOf(id) !== undefined) return { ...conclude(endings), sync: false };
  const proposal = await readStored(bucket, bucketKeys.proposal, syncRecordSchema);
  const { carried } = (await readPointer(bucket)).value;
  const stays = carried.some(({ held }) => held !== undefined);
  return conclude(endings, stays || (proposal !== undefined && proposal.value.commit !== null));
}

function pathsOf(endings: ReadonlyMap<string, Ending>, those: (ending: Ending) => boolean): string[] {
  return [...endings].filter(([, ending]) => those(ending)).map(([path]) => path);
}

/** Whether the rollback question was answered with another try. Nobody was asked when all ended well. */
async function isTriedAgain(id: string, endings: ReadonlyMap<string, Ending>, bucket: Bucket): Promise<boolean> {
  if ([...endings.values()].every(({ outcome }) => endedWell(outcome))) return false;
  const question = (await readStored(bucket, bucketKeys.rollbackRequest(id), rollbackRequestSchema))?.value;
  return question?.answer?.result.rollback === 'retry';
}

/**
 * Whether the queue must wait and whether git must be looked at, from how the units ended.
 * @param proposed whether it is proposed to bring git back, or is to be: what ended well since then may have made that wrong
 */
export function conclude(endings: ReadonlyMap<string, Ending>, proposed = false): Finished {
  const all = [...endings.values()];
  const halted = all.some(({ outcome, half }) => outcome === 'rollback-failed' || half);
  return {
    halted,
    sync: !halted && (proposed || all.some(({ outcome }) => !endedWell(outcome))),
    outcomes: Object.fromEntries([...endings].map(([path, ending]) => [path, ending.outcome])),
  };
}
