/** The push that could not be enqueued last: its commit has no number, and would be in sight of nobody but who pushed it. */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { commitId } from '../model.ts';

const refusedSchema = z.strictObject({
  version: z.literal(1),
  head: commitId,
  /** A sentence. */
  reason: z.string(),
  at: z.iso.datetime(),
  /** Number of the last change set by then: once there is a later one, its commit covers this one. */
  after: z.int().nonnegative(),
});
export type Refused = z.infer<typeof refusedSchema>;

const longestReason = 2000;

export async function noteRefused(
  { head, reason, after }: Pick<Refused, 'head' | 'reason' | 'after'>,
  { bucket, now }: { bucket: Bucket; now: () => Date },
): Promise<void> {
  const note: Refused = { version: 1, head, reason: reason.slice(0, longestReason), at: now().toISOString(), after };
  await bucket.write(bucketKeys.refused, toJson(note));
}

/** Null once a later push was enqueued. @param enqueued number of the last change set */
export async function readRefused(
  enqueued: number,
  bucket: Bucket,
): Promise<Pick<Refused, 'head' | 'reason' | 'at'> | null> {
  const note = (await readStored(bucket, bucketKeys.refused, refusedSchema))?.value;
  return note && note.after >= enqueued ? { head: note.head, reason: note.reason, at: note.at } : null;
}
