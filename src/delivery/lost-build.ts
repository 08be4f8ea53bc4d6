/**
 * A build that died leaves no result: it was killed, ran out of time or was never started. What it left behind can't be known from
 * here; who looks at the unit is told what may be.
 */
import type { Outcome } from '../model.ts';
import { askedFor, type RollbackFacts, type UnitFacts } from './unit-facts.ts';

/** What the bucket says about a unit. */
export interface Facts extends UnitFacts {
  back: RollbackFacts;
  /** The plan of the rollback has begun, and its apply. */
  planningBack: boolean;
  rollingBack: boolean;
}

/** A sentence about the build that should have told why the unit ended so; null when one has. */
export function lostBuild(outcome: Outcome, facts: Facts): string | null {
  const { plan, apply } = facts;
  if (outcome === 'rollback-failed') return lostRollback(facts);
  if (outcome !== 'failed' || [plan, apply].some((build) => build?.outcome === 'failed')) return null;
  if (plan === undefined) return sentence('plan', null);
  const answer = askedFor(facts)?.answer?.result.outcome;
  if (answer === 'replan' || apply?.plan === plan.plan) return sentence('plan', null);
  return answer === 'approved' ? sentence('apply', 'half applied') : null;
}

function lostRollback({ back: { plan, rollback }, planningBack, rollingBack }: Facts): string | null {
  if (rollback?.outcome === 'failed' || plan?.outcome === 'failed') return null;
  if (rollingBack) return sentence('rollback', 'half rolled back');
  return planningBack && !plan ? sentence('plan of the rollback', null) : null;
}

function sentence(action: string, half: string | null): string {
  const left = half === null ? '' : `it may be ${half}, and `;
  return `Its ${action} ended without a result: the build was killed, ran out of time or never started; ${left}its state may still be locked. The next build of the unit names the lock and the command that frees it.`;
}
