/** The change sets that have a number, as they lie in the bucket. */
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DeliveryError } from '../errors.ts';
import { type ChangeSet, changeSetSchema } from '../model.ts';
import { type Enqueued, enqueuedSchema } from './claim.ts';

/** The change set with that number; undefined when there is none, a sentence when what is there is no change set. */
export async function readChangeSet(sequence: number, bucket: Bucket): Promise<ChangeSet | string | undefined> {
  const key = bucketKeys.changeSet(sequence);
  try {
    const changeSet = (await readStored(bucket, key, changeSetSchema))?.value;
    if (changeSet === undefined || changeSet.sequence === sequence) return changeSet;
    return `${key} is the change set number ${changeSet.sequence}; restore the object's previous version.`;
  } catch (error) {
    if (error instanceof DeliveryError) return error.message;
    throw error;
  }
}

/** What was enqueued last, as `pipeline/enqueued.json` says. */
export async function readEnqueued(bucket: Bucket): Promise<Enqueued | undefined> {
  return (await readStored(bucket, bucketKeys.enqueued, enqueuedSchema))?.value;
}

/** How many change sets have a number after the one that was delivered last. */
export function howManyWait(enqueued: Enqueued | undefined, delivered: number): number {
  return Math.max(0, (enqueued?.sequence ?? 0) - delivered);
}
