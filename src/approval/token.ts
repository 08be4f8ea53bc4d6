/**
 * Task tokens: whoever has one can answer for the approver. They lie apart from what is asked, which anybody who watches a
 * delivery may read; only `request-approval` and `decide` may touch them. A request names its token by a hash.
 */
import { createHash } from 'node:crypto';
import type { Bucket } from '../aws/bucket.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DecisionError } from '../errors.ts';

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export async function keepToken(bucket: Bucket, delivery: string, token: string): Promise<string> {
  const hash = hashOf(token);
  await bucket.write(bucketKeys.token(delivery, hash), token);
  return hash;
}

/** @throws DecisionError when the token is gone. */
export async function tokenOf(bucket: Bucket, delivery: string, hash: string): Promise<string> {
  const stored = await bucket.read(bucketKeys.token(delivery, hash));
  if (stored) return stored.body.toString('utf8');
  throw new DecisionError(
    `The task token of this request is no longer in the artifact bucket; restore the deleted object ${bucketKeys.token(delivery, hash)}.`,
  );
}
