/**
 * How a change set gets its number. The write of `change-sets/<number>.json`, which only one can do, takes the number; then
 * `pipeline/enqueued.json` follows, then the message is sent, then that is noted. What was cut off in between is taken up by
 * whoever comes next: a change set that is there although nothing says so is brought forward, with its message.
 */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, type Stored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DeliveryError } from '../errors.ts';
import { type ChangeSet, changeSetSchema, commitId } from '../model.ts';
import { messageFor } from './message.ts';
import type { Queue } from './queue.ts';

export const enqueuedSchema = z.strictObject({
  version: z.literal(1),
  base: commitId.nullable(),
  head: commitId,
  sequence: z.int().nonnegative(),
  /** Null for a baseline, which has no message. */
  changeSet: z.string().nullable(),
  /** False from the moment that the head is taken until its message is in the queue. */
  sent: z.boolean(),
});
export type Enqueued = z.infer<typeof enqueuedSchema>;

export interface ClaimContext {
  bucket: Bucket;
  queue: Pick<Queue, 'send'>;
  config: { repository: string; branch: string };
}

/**
 * @param describe makes the change set that comes after the last one; undefined from it takes no number.
 * @returns the change set that has its number and its message now.
 * @throws DeliveryError when others were faster ten times in a row.
 */
export async function claim(
  describe: (last: Enqueued | undefined, sequence: number) => Promise<ChangeSet | undefined>,
  context: ClaimContext,
): Promise<ChangeSet | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const last = await lastEnqueued(context);
    const changeSet = await describe(last?.value, (last?.value.sequence ?? 0) + 1);
    if (changeSet === undefined) return undefined;
    const key = bucketKeys.changeSet(changeSet.sequence);
    if ((await context.bucket.write(key, toJson(changeSet), { ifNoneMatch: '*' })) === undefined) continue;
    await sendPending(await follow(last, changeSet, context.bucket), context);
    return changeSet;
  }
  throw new DeliveryError('Other pushes were enqueued ten times in a row meanwhile; try again.');
}

/** The last change set that has a number, after whatever was cut off is made good. */
async function lastEnqueued(context: ClaimContext): Promise<Stored<Enqueued> | undefined> {
  const { bucket } = context;
  let last = (await readStored(bucket, bucketKeys.enqueued, enqueuedSchema)) ?? (await newestOf(bucket));
  for (;;) {
    last = await sendPending(last, context);
    const key = bucketKeys.changeSet((last?.value.sequence ?? 0) + 1);
    const further = await readStored(bucket, key, changeSetSchema);
    if (further === undefined) return last;
    last = await follow(last, further.value, bucket);
  }
}

/** Where `pipeline/enqueued.json` was deleted: the newest change set knows what it said. */
async function newestOf(bucket: Bucket): Promise<Stored<Enqueued> | undefined> {
  const key = (await bucket.list(bucketKeys.changeSets)).at(-1);
  if (key === undefined) return undefined;
  return follow(undefined, await readExpected(bucket, key, changeSetSchema), bucket);
}

/** Moves `pipeline/enqueued.json` to a change set; what stands there when somebody else moved it first. */
async function follow(
  last: Stored<Enqueued> | undefined,
  { base, head, sequence }: ChangeSet,
  bucket: Bucket,
): Promise<Stored<Enqueued> | undefined> {
  const value: Enqueued = {
    version: 1,
    base,
    head,
    sequence,
    changeSet: bucketKeys.changeSet(sequence),
    sent: false,
  };
  return move(last, value, bucket);
}

/** Sends the message of a change set that has its number only. Twice is no harm: the poll knows a change set by its number. */
async function sendPending(
  last: Stored<Enqueued> | undefined,
  { bucket, queue, config }: ClaimContext,
): Promise<Stored<Enqueued> | undefined> {
  if (last === undefined || last.value.sent || last.value.changeSet === null) return last;
  await queue.send(messageFor({ ...config, ...last.value }));
  return move(last, { ...last.value, sent: true }, bucket);
}

async function move(
  from: Stored<Enqueued> | undefined,
  to: Enqueued,
  bucket: Bucket,
): Promise<Stored<Enqueued> | undefined> {
  const condition = from ? { ifMatch: from.etag } : ({ ifNoneMatch: '*' } as const);
  const etag = await bucket.write(bucketKeys.enqueued, toJson(to), condition);
  return etag === undefined ? readStored(bucket, bucketKeys.enqueued, enqueuedSchema) : { value: to, etag };
}
