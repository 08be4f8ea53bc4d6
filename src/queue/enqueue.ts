/**
 * From a push to a message in the queue:
 *
 * 1. The change set starts at the last commit that was enqueued, whatever the webhook says came before: an enqueue that
 *    failed is made good by the next.
 * 2. The change set is put into the bucket, then `pipeline/enqueued.json` is moved to the new head by a conditional write,
 *    then the message is sent, then that is noted. What was cut off in between is taken up by the next enqueue.
 * 3. A commit that is an ancestor of the last enqueued one is covered by it already: its units are delivered at the newer
 *    head, never back at the older one.
 */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, type Stored, toJson } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DeliveryError, GitError } from '../errors.ts';
import { type ChangeSet, commitId } from '../model.ts';
import { git } from '../repository/git.ts';
import { describeChangeSet } from './change-set.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';

export const enqueuedSchema = z.strictObject({
  version: z.literal(1),
  head: commitId,
  sequence: z.int().nonnegative(),
  /** Null for a baseline, which has no message. */
  changeSet: z.string().nullable(),
  /** False from the moment that the head is taken until its message is in the queue. */
  sent: z.boolean(),
});
export type Enqueued = z.infer<typeof enqueuedSchema>;

export interface EnqueueContext {
  bucket: Bucket;
  queue: Pick<Queue, 'send'>;
  config: Config;
  /** Takes a sentence about something that needs attention and stops nothing. */
  warn?: (message: string) => void;
}

export interface EnqueueResult {
  /** False when there was nothing to add to the queue. */
  enqueued: boolean;
  head: string;
  sequence: number;
  /** Paths of the units that the commits touch by themselves. */
  touched: string[];
  /** A sentence. */
  message: string;
}

/**
 * @param base the revision that the webhook says came before; used only when nothing was ever enqueued.
 * @throws GitError for a commit that doesn't exist, DiscoveryError for code that can't be understood; nothing is lost then:
 * the next enqueue starts from the same commit.
 */
export async function enqueue(
  directory: string,
  request: { head: string; base?: string | undefined },
  context: EnqueueContext,
): Promise<EnqueueResult> {
  const head = await resolveCommit(directory, request.head);
  for (let attempt = 0; attempt < 10; attempt++) {
    const last = await sendPending(await readStored(context.bucket, bucketKeys.enqueued, enqueuedSchema), context);
    if (last && (await covers(directory, last.value.head, head, request.base))) return coveredAlready(last.value, head);
    const base = await startOf(directory, last?.value.head, request.base);
    const sequence = (last?.value.sequence ?? 0) + 1;
    const changeSet = await describeChangeSet(directory, base, head, sequence, context.config, context.warn);
    const taken = await take(last, changeSet, context.bucket);
    if (taken === undefined) continue;
    await sendPending(taken, context);
    const touched = changeSet.touched.map((unit) => unit.path);
    const message = `${head.slice(0, 12)} is enqueued as number ${changeSet.sequence}: ${touched.length} unit(s) touched.`;
    return { enqueued: true, head, sequence: changeSet.sequence, touched, message };
  }
  throw new DeliveryError('Other pushes were enqueued ten times in a row meanwhile; run live-ci enqueue again.');
}

/** @throws GitError */
export async function resolveCommit(directory: string, revision: string): Promise<string> {
  try {
    return (
      await git(directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
    ).trim();
  } catch (error) {
    throw new GitError(
      `${revision} is no commit of the repository ${directory}; it may have been replaced by a force push. Enqueue the branch's present head.`,
      { cause: error },
    );
  }
}

/** A late build of an older commit is covered; a branch that was set back, from the enqueued commit to an older one, is not. */
async function covers(directory: string, enqueued: string, head: string, before: string | undefined): Promise<boolean> {
  if (enqueued === head) return true;
  if (before === enqueued) return false;
  try {
    await git(directory, ['merge-base', '--is-ancestor', head, enqueued]);
    return true;
  } catch {
    return false; // no ancestor, or a commit that a force push has removed
  }
}

function coveredAlready(last: Enqueued, head: string): EnqueueResult {
  const message =
    last.head === head
      ? `${head.slice(0, 12)} is enqueued already, as number ${last.sequence}.`
      : `${head.slice(0, 12)} is older than ${last.head.slice(0, 12)}, which is enqueued as number ${last.sequence} and covers it.`;
  return { enqueued: false, head, sequence: last.sequence, touched: [], message };
}

/**
 * The last enqueued commit; what the webhook says when there is none. Null, the empty tree, when a force push has removed
 * the last enqueued commit: nobody knows what it had changed, so every unit is planned.
 */
async function startOf(directory: string, last: string | undefined, given: string | undefined): Promise<string | null> {
  const start = last ?? given;
  if (start === undefined) return null;
  try {
    return await resolveCommit(directory, start);
  } catch {
    return null;
  }
}

/** Moves the enqueued head; undefined when somebody else moved it first. */
async function take(
  last: Stored<Enqueued> | undefined,
  changeSet: ChangeSet,
  bucket: Bucket,
): Promise<Stored<Enqueued> | undefined> {
  const { head, sequence } = changeSet;
  const key = bucketKeys.changeSet(head, sequence);
  await bucket.write(key, toJson(changeSet));
  const value: Enqueued = { version: 1, head, sequence, changeSet: key, sent: false };
  const condition = last ? { ifMatch: last.etag } : ({ ifNoneMatch: '*' } as const);
  const etag = await bucket.write(bucketKeys.enqueued, toJson(value), condition);
  return etag === undefined ? undefined : { value, etag };
}

/** Sends the message of a head that was taken and not sent. Twice is no harm: the poll knows a change set by its number. */
async function sendPending(
  stored: Stored<Enqueued> | undefined,
  { bucket, queue, config }: EnqueueContext,
): Promise<Stored<Enqueued> | undefined> {
  if (stored === undefined || stored.value.sent || stored.value.changeSet === null) return stored;
  const { head, sequence, changeSet } = stored.value;
  const message: Message = {
    version: 1,
    repository: config.repository,
    branch: config.branch,
    head,
    sequence,
    changeSet,
  };
  await queue.send(message);
  const value = { ...stored.value, sent: true };
  const etag = await bucket.write(bucketKeys.enqueued, toJson(value), { ifMatch: stored.etag });
  return etag === undefined ? readStored(bucket, bucketKeys.enqueued, enqueuedSchema) : { value, etag };
}
