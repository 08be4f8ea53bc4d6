/**
 * How the pipeline stands after a poll, in figures that alarms watch. A poll that has nothing to do stays cheap: behind an idle one
 * no call is needed, behind others three.
 */
import type { Bucket } from '../aws/bucket.ts';
import type { MetricName } from '../metrics.ts';
import { readChangeSet } from '../queue/change-sets.ts';
import { bucketKeys } from './bucket-keys.ts';
import { readPointer } from './pointer.ts';
import type { PollResult } from './poll.ts';

export type Gauges = Partial<Record<MetricName, number>>;

/** Nothing for a poll that another one overtook: the other one tells. */
export async function gaugesAfter(
  result: PollResult,
  { bucket, now }: { bucket: Bucket; now: () => Date },
): Promise<Gauges> {
  if (result === 'overtaken') return {};
  const Halted = result === 'halted' ? 1 : 0;
  if (result === 'idle') return { Halted, QueueAge: 0, WaitingApprovals: 0 };
  const { sequence, running } = (await readPointer(bucket)).value;
  const tokens = running === null ? [] : await bucket.list(bucketKeys.tokens(running.delivery));
  return { Halted, QueueAge: await queueAge(sequence, bucket, now()), WaitingApprovals: tokens.length };
}

/** Seconds since the change set that is delivered next was enqueued; none waits longer. */
async function queueAge(delivered: number, bucket: Bucket, now: Date): Promise<number> {
  const next = await readChangeSet(delivered + 1, bucket);
  if (next === undefined || typeof next === 'string') return 0;
  return Math.max(0, (now.getTime() - Date.parse(next.enqueuedAt)) / 1000);
}
