/**
 * A build that died leaves no result: it was killed, ran out of time or was never started. What it left behind can't be known from
 * here; who looks at the unit is told what may be.
 */
import type { UnitRequest } from '../approval/request.ts';
import type { Outcome, RunResult } from '../model.ts';

/** What the bucket says about a unit. */
export interface Facts {
  plan?: RunResult | undefined;
  apply?: RunResult | undefined;
  rollback?: RunResult | undefined;
  request?: UnitRequest | undefined;
  /** The rollback has begun. */
  rollingBack: boolean;
}

/** A sentence about the build that should have told why the unit ended so; null when one has. */
export function lostBuild(outcome: Outcome, { plan, apply, rollback, request, rollingBack }: Facts): string | null {
  if (outcome === 'rollback-failed') return rollingBack && !rollback ? sentence('rollback', 'half rolled back') : null;
  if (outcome !== 'failed' || [plan, apply].some((build) => build?.outcome === 'failed')) return null;
  if (plan === undefined) return sentence('plan', null);
  const answer = request?.plan.sha256 === plan.plan ? request?.answer?.result.outcome : undefined;
  if (answer === 'replan' || apply?.plan === plan.plan) return sentence('plan', null);
  return answer === 'approved' ? sentence('apply', 'half applied') : null;
}

function sentence(action: string, half: string | null): string {
  const left = half === null ? '' : `it may be ${half}, and `;
  return `Its ${action} ended without a result: the build was killed, ran out of time or never started; ${left}its state may still be locked. The next build of the unit names the lock and the command that frees it.`;
}
