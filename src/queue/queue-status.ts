/** What waits, what runs, what is halted and what could not be delivered: for `live-ci queue`. Read from the bucket. */
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { type Pointer, readPointer } from '../delivery/pointer.ts';
import { deliverySchema } from '../model.ts';
import { howManyWait, readChangeSet, readEnqueued } from './change-sets.ts';
import { deadLetters, messageIn } from './dead-letters.ts';
import type { Queue } from './queue.ts';

export interface WaitingChangeSet {
  sequence: number;
  head: string;
  subject: string;
  author: string;
  /** Units that the commits touch by themselves. */
  units: string[];
  since: string;
}

export interface QueueStatus {
  /** Null while nothing is being delivered. */
  delivery: { id: string; state: 'starting' | 'running' | 'halted'; since: string | null; subject: string } | null;
  /** Why the queue waits for somebody's decision. */
  halted: string | null;
  /** In order, the first of them. */
  waiting: WaitingChangeSet[];
  /** How many wait behind those. */
  more: number;
  /** Numbers whose object is gone or broken: the poll puts them aside when their turn comes. */
  unreadable: number[];
  carried: { path: string; reason: string }[];
  deadLetters: { id: string; head: string | null; since: string; reason: string }[];
  /** As SQS counts its messages; approximate. */
  messages: { waiting: number; dead: number };
}

/** So many are shown, and read. */
const mostShown = 50;

export async function queueStatus(bucket: Bucket, queue: Pick<Queue, 'count'>): Promise<QueueStatus> {
  const [{ value: pointer }, enqueued, letters, messages] = await Promise.all([
    readPointer(bucket),
    readEnqueued(bucket),
    deadLetters(bucket),
    queue.count(),
  ]);
  const count = howManyWait(enqueued, pointer.sequence);
  const numbers = Array.from({ length: Math.min(count, mostShown) }, (_, index) => pointer.sequence + 1 + index);
  const found = await Promise.all(numbers.map((sequence) => readChangeSet(sequence, bucket)));
  return {
    delivery: await deliveryOf(pointer, bucket),
    halted: pointer.halted?.reason ?? null,
    waiting: found.flatMap((changeSet): WaitingChangeSet[] => {
      if (typeof changeSet !== 'object') return [];
      const { sequence, head, subject, author, enqueuedAt, touched } = changeSet;
      return [{ sequence, head, subject, author, units: touched.map(({ path }) => path), since: enqueuedAt }];
    }),
    more: count - numbers.length,
    unreadable: numbers.filter((_, index) => typeof found[index] !== 'object'),
    carried: pointer.carried.map(({ path, reason }) => ({ path, reason })),
    deadLetters: letters.map(({ id, at, reason, body }) => {
      return { id, head: messageIn({ body })?.head ?? null, since: at, reason };
    }),
    messages,
  };
}

async function deliveryOf({ running, halted }: Pointer, bucket: Bucket): Promise<QueueStatus['delivery']> {
  const id = running?.delivery ?? halted?.delivery;
  if (id === undefined) return null;
  const subject = (await readStored(bucket, bucketKeys.delivery(id), deliverySchema))?.value.subject ?? '';
  if (halted) return { id, state: 'halted', since: halted.since, subject };
  return { id, state: running?.phase === 'started' ? 'running' : 'starting', since: running?.since ?? null, subject };
}
