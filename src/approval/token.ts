/**
 * Task tokens: whoever has one can answer for the approver. They lie apart from what is asked, which anybody who watches a
 * delivery may read; only `request-approval` and `decide` may touch them. A request names its token by a hash. A token is
 * forgotten once its task is answered, so those that lie there are those of requests that wait.
 */
import { createHash } from 'node:crypto';
import type { Bucket } from '../aws/bucket.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import type { StepFunctions } from '../delivery/step-functions.ts';
import { DecisionError } from '../errors.ts';
import type { RollbackRequest, UnitRequest } from './request.ts';

type Request = Pick<UnitRequest | RollbackRequest, 'delivery' | 'token' | 'answer'>;

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export async function keepToken(bucket: Bucket, delivery: string, token: string): Promise<void> {
  await bucket.write(bucketKeys.token(delivery, hashOf(token)), token);
}

/**
 * Undefined when the request was answered and its token forgotten.
 * @throws DecisionError when the token of a request without an answer is gone.
 */
export async function tokenOf(bucket: Bucket, { delivery, token, answer }: Request): Promise<string | undefined> {
  const key = bucketKeys.token(delivery, token);
  const stored = await bucket.read(key);
  if (stored === undefined && answer === null) {
    throw new DecisionError(
      `The task token of this request is no longer in the artifact bucket; restore the deleted object ${key}.`,
    );
  }
  return stored?.body.toString('utf8');
}

/** Answers a request's task and forgets the token. False when nothing waited any more. */
export async function answerTask(
  token: string | undefined,
  answer: unknown,
  delivery: string,
  { bucket, stepFunctions }: { bucket: Bucket; stepFunctions: Pick<StepFunctions, 'answer'> },
): Promise<boolean> {
  if (token === undefined) return false;
  const waited = await stepFunctions.answer(token, answer);
  await bucket.remove(bucketKeys.token(delivery, hashOf(token)));
  return waited;
}
