/** Requests that nobody has answered yet are taken back once a delivery is declined or cancelled. */
import { atMost, bucketRequests } from '../at-most.ts';
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import type { ApprovalContext } from './ask.ts';
import { type UnitRequest, unitRequestSchema } from './request.ts';
import { tokenOf } from './token.ts';

type Context = Pick<ApprovalContext, 'bucket' | 'stepFunctions'>;

/** Ends a request that waits; the unit's outcome is `cancelled`. Answers whether that is how the request ended. */
export async function takeBack(delivery: string, unit: string, { bucket, stepFunctions }: Context): Promise<boolean> {
  const key = bucketKeys.request(delivery, unit);
  const stored = await readStored(bucket, key, unitRequestSchema);
  if (stored === undefined || (stored.value.answer && stored.value.answer.result.outcome !== 'cancelled')) return false;
  const answer: UnitRequest['answer'] = { result: { unit, outcome: 'cancelled', ok: false, plan: null } };
  const written = await bucket.write(key, toJson({ ...stored.value, answer }), { ifMatch: stored.etag });
  if (written === undefined) return false;
  await stepFunctions.answer(await tokenOf(bucket, delivery, stored.value.token), answer);
  return true;
}

/** Takes back whatever waits, but for one unit. Answers the units whose requests have ended so. */
export async function takeBackAll(delivery: string, context: Context, except?: string): Promise<string[]> {
  const keys = await context.bucket.list(bucketKeys.unitRequests(delivery));
  const units = await atMost(bucketRequests, keys, async (key) => {
    const unit = (await readStored(context.bucket, key, unitRequestSchema))?.value.unit;
    return unit !== undefined && unit !== except && (await takeBack(delivery, unit, context)) ? [unit] : [];
  });
  return units.flat();
}
