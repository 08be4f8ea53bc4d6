/**
 * Cancels a delivery between units. First a marker is left: every plan and apply looks for it before it begins, and every request
 * for approval as it comes. Then what waits for an approver is taken back. Builds that have begun come to their end, and once all
 * units have ended the pipeline asks what to roll back. Given again, it finishes what was cut off.
 */
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DecisionError } from '../errors.ts';
import type { Decision } from '../model.ts';
import type { ApprovalContext } from './ask.ts';
import type { Decided } from './decide.ts';
import { type Cancelled, cancelledSchema, rollbackRequestSchema } from './request.ts';
import { someOf } from './some-of.ts';
import { takeBackAll } from './take-back.ts';

/** @throws DecisionError when all units of the delivery have ended. */
export async function cancelDelivery(decision: Decision, voter: string, context: ApprovalContext): Promise<Decided> {
  const { delivery } = decision;
  const key = bucketKeys.cancelled(delivery);
  const before = await readStored(context.bucket, key, cancelledSchema);
  if (before === undefined) {
    await expectUnended(delivery, context);
    const at = context.now().toISOString();
    const marker: Cancelled = { version: 1, voter, at, comment: decision.comment ?? null };
    await context.bucket.write(key, toJson(marker), { ifNoneMatch: '*' });
  }
  const taken = await takeBackAll(delivery, context);
  const happened = before ? `was cancelled by ${before.value.voter} at ${before.value.at}` : 'is cancelled';
  return {
    done: `${delivery} ${happened}. Approvals taken back: ${someOf(taken).join(', ') || 'none'}.`,
    delivery,
    rollback: [],
    warning: [],
  };
}

async function expectUnended(id: string, { bucket }: ApprovalContext): Promise<void> {
  const rollback = await readStored(bucket, bucketKeys.rollbackRequest(id), rollbackRequestSchema);
  if (rollback === undefined) return;
  const chosen = rollback.value.answer?.result.rollback;
  throw new DecisionError(
    `All units of ${id} have ended, so nothing is left to cancel: ${chosen === undefined ? 'it waits for its rollback choice; answer that with live-ci decline --rollback CHOICE' : `its rollback is chosen already: ${chosen}`}.`,
  );
}
