/** Every decision that was given on a delivery, as the bucket has it: the record that `live-ci status --json` shows. */
import { type Cancelled, cancelledSchema, type RollbackRequest, rollbackRequestSchema } from '../approval/request.ts';
import { voterThrough, votesIn } from '../approval/vote.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import type { Decision } from '../model.ts';
import { bucketKeys } from './bucket-keys.ts';

export interface GivenDecision {
  at: string;
  /** `console`, or an approver's e-mail address. */
  voter: string;
  /** The door that it came through: `console:<execution>`, or the approver's address. */
  through: string;
  decision: Decision;
  /** SHA-256 of the plan that it is about; null when it is about the whole delivery. */
  plan: string | null;
}

/** Oldest first. What a rule approved is no decision of anybody. */
export async function decisionsOn(delivery: string, bucket: Bucket): Promise<GivenDecision[]> {
  const [votes, rollback, cancelled] = await Promise.all([
    votesIn(delivery, bucket),
    readStored(bucket, bucketKeys.rollbackRequest(delivery), rollbackRequestSchema),
    readStored(bucket, bucketKeys.cancelled(delivery), cancelledSchema),
  ]);
  const ofUnits = votes.map(({ at, voter, through, decision, plan }) => ({ at, voter, through, decision, plan }));
  return [...ofUnits, ...chosen(rollback?.value), ...cancel(delivery, cancelled?.value)].sort((a, b) =>
    a.at.localeCompare(b.at),
  );
}

function chosen(request: RollbackRequest | undefined): GivenDecision[] {
  if (!request?.given) return [];
  const { at, voter, decision } = request.given;
  return [{ at, voter: voterThrough(voter), through: voter, decision, plan: null }];
}

function cancel(delivery: string, cancelled: Cancelled | undefined): GivenDecision[] {
  if (!cancelled) return [];
  const { at, voter, comment } = cancelled;
  const decision: Decision = { delivery, decision: 'cancel', ...(comment === null ? {} : { comment }) };
  return [{ at, voter: voterThrough(voter), through: voter, decision, plan: null }];
}
