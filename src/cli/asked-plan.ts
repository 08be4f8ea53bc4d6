/** The plan that somebody is about to decide on, as the command line shows it before the decision is given. */
import { approversAmong, votesOn } from '../approval/vote.ts';
import type { Bucket } from '../aws/bucket.ts';
import { type OtherState, otherStateInFull, otherStateOf } from '../delivery/other-state.ts';
import { askedFor, factsOf, newestPlan, readFrom, rollbackFactsOf } from '../delivery/unit-facts.ts';
import { DecisionError } from '../errors.ts';
import type { Delivery, DeliveryUnit, RunResult } from '../model.ts';
import { shown } from '../plain-text.ts';
import { coloured } from './print.ts';
import { planOnTerminal } from './print-plan.ts';

export interface AskedPlan {
  unit: string;
  /** SHA-256 of the plan: a decision that names it is for no other. */
  plan: string;
  result: RunResult;
  environment: string | undefined;
  /** That its state is another one than before, and what stays in the old one; null when it is the same. */
  otherState: OtherState | null;
  /** Who has approved it so far, and how many must; null when it does not wait for that. */
  approvals: { given: string[]; needed: number } | null;
}

/** @throws DecisionError when the unit has no plan that could be decided on. */
export async function askedPlan({ id }: Delivery, unit: DeliveryUnit, bucket: Bucket): Promise<AskedPlan> {
  const read = readFrom(bucket);
  const facts = newestPlan(await factsOf(id, unit, read), await rollbackFactsOf(id, unit, read));
  const { plan: result } = facts;
  if (!result?.plan)
    throw new DecisionError(
      `Unit ${shown(unit.path)} is not waiting for a decision in ${id}; see live-ci status for what it does.`,
    );
  const request = askedFor(facts);
  const approvals = request?.answer === null && {
    given: approversAmong(await votesOn(request, bucket)),
    needed: request.rules.minimumApprovals,
  };
  const { path, environment } = unit;
  const otherState = otherStateOf(unit, facts.about, result);
  return { unit: path, plan: result.plan, result, environment, otherState, approvals: approvals || null };
}

const isBack = ({ action }: RunResult) => action === 'plan-rollback';

const mostLines = 20;

/** What it does: counts, whatever is destroyed by name, and what else should not be overlooked. */
export function planLines({ unit, plan, result, environment, otherState, approvals }: AskedPlan): string[] {
  const { destroys, warnings, counts: planned } = result;
  const about = [
    ...(environment === undefined ? [] : [shown(environment)]),
    ...(approvals && approvals.needed > 1 ? [`${approvals.given.length} of ${approvals.needed} approvals`] : []),
  ];
  const listed = destroys.slice(0, mostLines);
  const more = planned.destroy - listed.length;
  return [
    `${isBack(result) ? 'rollback of ' : ''}${coloured('bold', shown(unit))}  ${planOnTerminal(result)}${about.length > 0 ? coloured('dim', `  (${about.join('; ')})`) : ''}`,
    ...(result.asks ?? []).map((reason) => coloured('yellow', `  asks because: ${shown(reason)}`)),
    ...listed.map(({ address, replaced }) =>
      coloured('red', `  ${replaced ? 'replaces' : 'destroys'} ${shown(address)}`),
    ),
    ...(more > 0
      ? [
          coloured(
            'red',
            `  destroys ${listed.length > 0 ? `${more} more` : more === 1 ? 'one resource' : `${more} resources`}`,
          ),
        ]
      : []),
    ...(otherState === null ? [] : [coloured('red', `  ${otherStateInFull(otherState)}`)]),
    ...warnings.map((warning) => coloured('yellow', `  warns: ${shown(warning)}`)),
    coloured('dim', `  plan ${plan}`),
  ];
}

/** Of several plans, what a yes to all of them does. */
export function approvalQuestion(plans: readonly AskedPlan[]): string {
  const destroyed = plans.reduce((sum, { result }) => sum + result.counts.destroy, 0);
  const [first, ...others] = plans;
  const what =
    others.length === 0
      ? `${first && isBack(first.result) ? 'the rollback of ' : ''}${shown(first?.unit ?? '')}`
      : `these ${plans.length} units`;
  const other = plans.some(({ otherState }) => otherState !== null) ? ', in another state than before' : '';
  if (destroyed === 0) return `Approve ${what}${other}?`;
  return `Approve ${what}${other}, and destroy ${destroyed === 1 ? 'one resource' : `${destroyed} resources`}?`;
}
