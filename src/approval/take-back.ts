/** Requests that nobody has answered yet are taken back once a delivery is declined or cancelled. */
import { atMost, bucketRequests } from '../at-most.ts';
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DecisionError } from '../errors.ts';
import type { ApprovalContext } from './ask.ts';
import { type UnitRequest, unitRequestSchema } from './request.ts';
import { answerTask, readRequest } from './token.ts';

/** Ends a request that waits; the unit's outcome is `cancelled`. Answers whether that is how the request ended. */
export async function takeBack(delivery: string, unit: string, context: ApprovalContext): Promise<boolean> {
  const { bucket } = context;
  const key = bucketKeys.request(delivery, unit);
  const stored = await readRequest(bucket, key, unitRequestSchema);
  if (stored === undefined || (stored.value.answer && stored.value.answer.result.outcome !== 'cancelled')) return false;
  const answer: UnitRequest['answer'] = { result: { unit, outcome: 'cancelled', plan: null } };
  if (stored.token === undefined) return true;
  const again = stored.value.answer ? { again: context.now().toISOString() } : {};
  const written = await bucket.write(key, toJson({ ...stored.value, answer, ...again }), { ifMatch: stored.etag });
  if (written === undefined) return false;
  const waited = await answerTask(stored.token, answer, delivery, context);
  if (waited || stored.value.answer) return true;
  // It had expired before: the request says so again, which is that nobody answered; unless somebody else has just taken it back.
  return (await bucket.write(key, toJson(stored.value), { ifMatch: written })) === undefined;
}

/**
 * Takes back whatever waits, but for one unit. Answers the units whose requests have ended so.
 * @throws DecisionError, after all others were taken back, when the token of one is gone.
 */
export async function takeBackAll(delivery: string, context: ApprovalContext, except?: string): Promise<string[]> {
  const keys = await context.bucket.list(bucketKeys.unitRequests(delivery));
  let lost: DecisionError | undefined;
  const taken = await atMost(bucketRequests, keys, async (key) => {
    const unit = (await readStored(context.bucket, key, unitRequestSchema))?.value.unit;
    if (unit === undefined || unit === except) return [];
    try {
      return (await takeBack(delivery, unit, context)) ? [unit] : [];
    } catch (error) {
      if (!(error instanceof DecisionError)) throw error;
      lost = error;
      return [];
    }
  });
  if (lost) throw lost;
  return taken.flat();
}
