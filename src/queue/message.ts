/** The queue's message: which commit waits, and where its change set lies. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { messageOf } from '../errors.ts';
import { type ChangeSet, commitId } from '../model.ts';

export const messageSchema = z.strictObject({
  version: z.literal(1),
  repository: z.string().min(1),
  branch: z.string().min(1),
  /** Where its change set starts, so that it can be made again from git. */
  base: commitId.nullable(),
  head: commitId,
  sequence: z.int().positive(),
  /** The change set's key in the artifact bucket. */
  changeSet: z.string().startsWith('change-sets/'),
});
export type Message = z.infer<typeof messageSchema>;

/** A sentence for what is no message. */
export function parseMessage(body: string): Message | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return `The message is not JSON: ${messageOf(error)}. Send commits with live-ci enqueue.`;
  }
  const parsed = messageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `The message is no change set: ${issue?.path.join('.')}: ${issue?.message}. Send commits with live-ci enqueue.`;
}

type Named = Pick<ChangeSet, 'repository' | 'branch' | 'base' | 'head' | 'sequence'>;

export function messageFor({ repository, branch, base, head, sequence }: Named): Message {
  return { version: 1, repository, branch, base, head, sequence, changeSet: bucketKeys.changeSet(sequence) };
}

/** Commits of one branch are delivered one after the other. SQS allows 128 characters of letters, digits and punctuation. */
export function groupOf(repository: string, branch: string): string {
  return createHash('sha256').update(`${repository}\n${branch}`).digest('hex');
}

/** The head commit, with the sequence: a branch that comes back to an earlier commit is a new change set. */
export function deduplicationOf(message: Message): string {
  return `${message.head}-${message.sequence}`;
}
