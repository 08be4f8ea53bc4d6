/**
 * What could not be delivered: a record in the bucket, which lasts, and a message in the dead-letter queue, which rings the
 * bell. The record is written first and once, so that putting the same aside twice is no harm.
 */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys, tenDigits } from '../delivery/bucket-keys.ts';
import type { Metric } from '../metrics.ts';
import { type Message, parseMessage } from './message.ts';
import type { Queue } from './queue.ts';

export const deadLetterSchema = z.strictObject({
  version: z.literal(1),
  /** The change set's number in ten digits; of a message that belongs to none, the message's id. */
  id: z.string().min(1),
  /** A sentence. */
  reason: z.string(),
  at: z.iso.datetime(),
  /** The message, as it came; null when it is gone as well. */
  body: z.string().nullable(),
  /** The number that its replay takes, from the moment that this is meant until it is taken. */
  replay: z.int().positive().optional(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export type DeadLetterOf = Pick<DeadLetter, 'id' | 'reason' | 'body'>;

export function deadLetterId(sequence: number): string {
  return tenDigits(sequence);
}

/** Whether an id is a change set's number. */
export function isNumbered(id: string): boolean {
  return /^\d{10}$/.test(id);
}

/** Keeps a dead letter; the caller has still to take it out of the queue. */
export async function putAside(
  letter: DeadLetterOf,
  { bucket, queue, now, metric }: { bucket: Bucket; queue: Pick<Queue, 'bury'>; now: () => Date; metric: Metric },
): Promise<void> {
  const record: DeadLetter = { version: 1, ...letter, at: now().toISOString() };
  const first = await bucket.write(bucketKeys.deadLetter(letter.id), toJson(record), { ifNoneMatch: '*' });
  if (first !== undefined) metric('DeadLetters', 1);
  await queue.bury(letter);
}

/** The message that it is about; undefined when it is none. */
export function messageIn({ body }: Pick<DeadLetter, 'body'>): Message | undefined {
  const message = parseMessage(body ?? '');
  return typeof message === 'string' ? undefined : message;
}

/** All of them, in the order of their numbers. */
export async function deadLetters(bucket: Bucket): Promise<DeadLetter[]> {
  const keys = await bucket.list(bucketKeys.deadLetters);
  const stored = await Promise.all(keys.map((key) => readStored(bucket, key, deadLetterSchema)));
  return stored.flatMap((one) => (one ? [one.value] : []));
}
