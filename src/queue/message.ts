/** The queue's message: which commit waits, and where its change set lies. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { commitId } from '../model.ts';

export const messageSchema = z.strictObject({
  version: z.literal(1),
  repository: z.string().min(1),
  branch: z.string().min(1),
  head: commitId,
  sequence: z.int().positive(),
  /** The change set's key in the artifact bucket. */
  changeSet: z.string().startsWith('change-sets/'),
});
export type Message = z.infer<typeof messageSchema>;

/** Commits of one branch are delivered one after the other. SQS allows 128 characters of letters, digits and punctuation. */
export function groupOf(repository: string, branch: string): string {
  return createHash('sha256').update(`${repository}\n${branch}`).digest('hex');
}

/** The head commit, with the sequence: a branch that comes back to an earlier commit is a new change set. */
export function deduplicationOf(message: Message): string {
  return `${message.head}-${message.sequence}`;
}
