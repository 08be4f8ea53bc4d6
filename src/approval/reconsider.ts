/** For whoever changes their mind about a unit that was declined: what is remembered of it is forgotten, and the next delivery asks again. */
import { readStored } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { forgetDeclines } from '../delivery/remembered.ts';
import { DecisionError } from '../errors.ts';
import type { Decision } from '../model.ts';
import type { ApprovalContext } from './ask.ts';
import type { Decided } from './decide.ts';
import { unitRequestSchema } from './request.ts';
import { castVote, expectMayVote, voterThrough } from './vote.ts';

/**
 * Approves nothing, so whoever may decline may do it. Given again, it is the same.
 * @throws DecisionError for a unit that nobody has declined in the delivery, or that is left open no longer.
 */
export async function reconsider(
  decision: Decision,
  unit: string,
  through: string,
  { bucket, now }: Pick<ApprovalContext, 'bucket' | 'now'>,
): Promise<Decided> {
  const { delivery } = decision;
  const request = (await readStored(bucket, bucketKeys.request(delivery, unit), unitRequestSchema))?.value;
  if (request?.given?.decision.decision !== 'decline')
    throw new DecisionError(`Nobody has declined ${unit} in ${delivery}; see live-ci status for what became of it.`);
  const { running, carried } = (await readPointer(bucket)).value;
  if (running?.delivery === delivery && request.remembered === undefined)
    throw new DecisionError(
      `${unit} was declined in ${delivery}, which still runs; reconsider it once that has ended, or try everything again with live-ci retry.`,
    );
  if (!carried.some(({ path }) => path === unit))
    throw new DecisionError(`${unit} is not left open any more; see live-ci status for what became of it.`);
  const voter = voterThrough(through);
  expectMayVote(voter, false, unit, request.rules);
  const about = { version: 1, delivery, unit, plan: request.plan.sha256 } as const;
  await castVote({ ...about, voter, through, decision, at: now().toISOString() }, bucket);
  await forgetDeclines((path) => path === unit, bucket);
  return { done: `${unit}: asked about again by the next delivery.`, delivery, rollback: [], warning: [] };
}
