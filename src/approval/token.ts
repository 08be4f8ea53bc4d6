/**
 * Task tokens: whoever has one can answer for the approver. They lie apart from what is asked, which anybody who watches a
 * delivery may read; only `request-approval` and `decide` may touch them. A request names its token by a hash. A token is
 * forgotten once its task is answered, so those that lie there are those of requests that wait.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import type { StepFunctions } from '../delivery/step-functions.ts';
import { DecisionError } from '../errors.ts';
import type { RollbackRequest, UnitRequest } from './request.ts';

type Request = Pick<UnitRequest | RollbackRequest, 'delivery' | 'token' | 'answer'>;

const answeredSchema = z.looseObject({ answer: z.unknown() });

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export async function keepToken(bucket: Bucket, delivery: string, token: string): Promise<void> {
  await bucket.write(bucketKeys.token(delivery, hashOf(token)), token);
}

/**
 * Undefined when the request was answered, be it meanwhile, and its token forgotten.
 * @param key the request's own.
 * @throws DecisionError when the token of a request without an answer is gone.
 */
export async function tokenOf(bucket: Bucket, key: string, request: Request): Promise<string | undefined> {
  const tokenKey = bucketKeys.token(request.delivery, request.token);
  const stored = await bucket.read(tokenKey);
  if (stored) return stored.body.toString('utf8');
  const now = request.answer ?? (await readExpected(bucket, key, answeredSchema)).answer;
  if (now !== null) return undefined;
  throw new DecisionError(
    `The task token of this request is no longer in the artifact bucket; restore the deleted object ${tokenKey}.`,
  );
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
