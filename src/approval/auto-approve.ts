/**
 * Plans that are applied without asking anybody.
 *
 * `no-destroy` goes by the counts of the plan, in which a replacement is one destroyed and one added. They come from the plan build, and
 * that runs the code of the live repository: they guard against mistakes, not against somebody whose commits are delivered, who could make
 * a plan build tell other counts, or do harm that destroys nothing. Where not everybody who may push is trusted with the apply role, it
 * is to be `never`.
 *
 * What makes everything anew in another state, while the old one keeps what it holds, destroys nothing and is never approved by a rule.
 */
import type { DeliveryUnit, RunResult, UnitSettings } from '../model.ts';
import type { UnitRequest } from './request.ts';

/** Answers a request as its rule says; one that somebody has to answer stays as it is. */
export function autoApproved(
  request: UnitRequest,
  rule: UnitSettings['autoApprove'],
  { stateBefore }: Pick<DeliveryUnit, 'stateBefore'>,
): UnitRequest {
  const { delivery, unit, plan, requestedAt } = request;
  if (stateBefore !== undefined || !approves[rule](plan.counts)) return request;
  return {
    ...request,
    given: {
      decision: { delivery, unit, decision: 'approve' },
      voter: `auto-approve (${rule})`,
      at: requestedAt,
    },
    answer: { result: { unit, outcome: 'approved', plan: plan.sha256 } },
  };
}

const approves: Record<UnitSettings['autoApprove'], (counts: RunResult['counts']) => boolean> = {
  never: () => false,
  'no-destroy': ({ destroy }) => destroy === 0,
  always: () => true,
};
