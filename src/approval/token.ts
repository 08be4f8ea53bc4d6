/**
 * Task tokens: whoever has one can answer for the approver. They lie apart from what is asked, which anybody who watches a
 * delivery may read; only `request-approval` and `decide` may touch them. A request names its token by a hash. A token is
 * forgotten once its task is answered, so those that lie there are those of requests that wait.
 */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, type Stored } from '../aws/stored.ts';
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
 * A request with its token, which is undefined once the task is answered and the token forgotten. Undefined without a request.
 * @throws DecisionError when the token of a request without an answer is gone.
 */
export async function readRequest<T extends Request>(
  bucket: Bucket,
  key: string,
  schema: z.ZodType<T>,
): Promise<(Stored<T> & { token: string | undefined }) | undefined> {
  const stored = await readStored(bucket, key, schema);
  if (stored === undefined) return undefined;
  const tokenKey = bucketKeys.token(stored.value.delivery, stored.value.token);
  const token = (await bucket.read(tokenKey))?.body.toString('utf8');
  if (token !== undefined || stored.value.answer) return { ...stored, token };
  // It may have been answered since it was read.
  if ((await bucket.read(key))?.etag !== stored.etag) return readRequest(bucket, key, schema);
  throw new DecisionError(
    `The task token of this request is no longer in the artifact bucket: the request has expired, or its execution was stopped, and live-ci status says what comes of it. If neither, restore the deleted object ${tokenKey}.`,
  );
}

/** Of a request that nobody can answer any more. */
export async function forgetToken(
  bucket: Bucket,
  { delivery, token }: Pick<Request, 'delivery' | 'token'>,
): Promise<void> {
  await bucket.remove(bucketKeys.token(delivery, token));
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
  await forgetToken(bucket, { delivery, token: hashOf(token) });
  return waited;
}
