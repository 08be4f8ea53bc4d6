/**
 * The one handler behind every door (console, page, command line): checks a decision, keeps the vote, and when the votes suffice keeps
 * the answer and answers the task that waits. Each is kept before the next step is taken, so that the same decision given again
 * finishes what was cut off; another one is refused.
 */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { DecisionError } from '../errors.ts';
import { type Decision, type Delivery, decisionSchema, deliverySchema } from '../model.ts';
import { type ApprovalContext, rollbackAnswer } from './ask.ts';
import { cancelDelivery } from './cancel.ts';
import { chosenBy, reachOf, type Situation } from './choose-units.ts';
import { reconsider } from './reconsider.ts';
import {
  declinedSchema,
  type RollbackRequest,
  rollbackRequestSchema,
  type UnitAnswer,
  type UnitRequest,
  unitRequestSchema,
} from './request.ts';
import { situationAsked } from './situation.ts';
import { someOf } from './some-of.ts';
import { takeBackAll } from './take-back.ts';
import { answerTask, readRequest } from './token.ts';
import { approversAmong, castVote, expectMayChoose, expectMayVote, voterThrough, votesOn } from './vote.ts';

const decidedSchema = z.object({
  /** A sentence: what the decision did. */
  done: z.string(),
  delivery: z.string(),
  /** Units that will be rolled back, in that order; empty when none is. Of many, some: see some-of.ts. */
  rollback: z.array(z.string()),
  /** Dependents that stay applied although what they depend on is rolled back. */
  warning: z.array(z.string()),
});
export type Decided = z.infer<typeof decidedSchema>;

/** What the Lambda answers. A refusal is an answer, too: only what went wrong is tried again. */
export const answerSchema = z.discriminatedUnion('refused', [
  decidedSchema.extend({ refused: z.literal(false) }),
  z.object({ refused: z.literal(true), why: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;

/** @throws DecisionError for input that is no decision. */
export function parseDecision(input: unknown): Decision {
  const parsed = decisionSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new DecisionError(
    `This is no decision: ${issues.join('; ')}. Give {"delivery": …, "unit": …, "decision": "approve | decline | replan | cancel | retry | reconsider", "rollback": …}.`,
  );
}

/**
 * @param voter who decides, as far as the door knows.
 * @param givenAt when the decision was given. Tried again later, it still answers only what was asked by then: never a plan that its
 * approver has not seen.
 * @throws DecisionError when nothing waits for this decision, or it was taken otherwise.
 */
export async function decide(
  decision: Decision,
  voter: string,
  context: ApprovalContext,
  givenAt = context.now(),
): Promise<Decided> {
  if (decision.decision === 'reconsider' && decision.unit !== undefined)
    return reconsider(decision, decision.unit, voter, context);
  await expectRunning(decision.delivery, context.bucket);
  if (decision.decision === 'cancel') return cancelDelivery(decision, voter, context);
  return decision.unit === undefined
    ? decideRollback(decision, voter, context, givenAt)
    : decideUnit(decision, decision.unit, voter, context, givenAt);
}

async function expectRunning(id: string, bucket: Bucket): Promise<void> {
  const pointer = (await readPointer(bucket)).value;
  if (pointer.running?.delivery === id) return;
  const known = await bucket.read(bucketKeys.delivery(id));
  const instead = pointer.running ? `; ${pointer.running.delivery} is running` : '; nothing is running';
  throw new DecisionError(
    known ? `Delivery ${id} has ended${instead}. See live-ci status.` : `There is no delivery ${id}${instead}.`,
  );
}

/** The description of a delivery may be megabytes: it is read only where a decision can't be taken without. */
async function describedDelivery(decision: Decision, bucket: Bucket): Promise<Delivery> {
  const delivery = await readExpected(bucket, bucketKeys.delivery(decision.delivery), deliverySchema);
  const known = new Set(delivery.units.map((unit) => unit.path));
  const unknown = [decision.unit, ...(decision.units ?? [])].find((path) => path !== undefined && !known.has(path));
  if (unknown === undefined) return delivery;
  throw new DecisionError(
    `Delivery ${delivery.id} has no unit ${unknown}; its units are ${someOf([...known]).join(', ')}.`,
  );
}

async function decideUnit(
  decision: Decision,
  unit: string,
  voter: string,
  context: ApprovalContext,
  givenAt: Date,
): Promise<Decided> {
  const { bucket } = context;
  const { delivery } = decision;
  // The plan of a unit's rollback is asked about when everything about its delivery has been answered.
  const backKey = bucketKeys.request(delivery, unit, 'rollback');
  const back = await readRequest(bucket, backKey, unitRequestSchema);
  const key = back ? backKey : bucketKeys.request(delivery, unit);
  const stored = back ?? (await readRequest(bucket, key, unitRequestSchema));
  if (stored === undefined || decision.units) await describedDelivery(decision, bucket);
  if (stored === undefined) {
    throw new DecisionError(
      `Unit ${unit} is not waiting for a decision in ${delivery}; see live-ci status for what it does.`,
    );
  }
  const request = stored.value;
  expectAskedBefore(givenAt, request.requestedAt, `Unit ${unit}`);
  expectSamePlan(decision, request);
  expectNoChoice(decision, request);
  const answer = answerOf(decision, unit, request);
  let kept: UnitRequest;
  if (request.answer) {
    expectSame(request.answer, answer, unit);
    kept = { ...request, again: context.now().toISOString() };
  } else {
    const { missing, voters } = await vote(decision, request, voter, context);
    if (missing) return { done: `${unit}: ${missing}.`, delivery, rollback: [], warning: [] };
    kept = given(request, decision, voter, answer, context, voters);
  }
  const etag =
    stored.token === undefined ? stored.etag : await bucket.write(key, toJson(kept), { ifMatch: stored.etag });
  // Somebody else decided at the same moment: what stands now is looked at anew.
  if (etag === undefined) return decideUnit(decision, unit, voter, context, givenAt);

  if (decision.decision === 'decline' && request.about === 'plan') await declineDelivery(decision, unit, context);
  if (!(await answerTask(stored.token, answer, delivery, context)) && request.answer === null) {
    // The request says again that nobody answered in time; unless the same was given at the same moment, and that was the answer.
    const expired = (await bucket.write(key, toJson(request), { ifMatch: etag })) !== undefined;
    if (expired)
      throw new DecisionError(
        `Unit ${unit} no longer waits in ${delivery}: the request has expired, or its execution was stopped. See live-ci status.`,
      );
  }
  return { done: `${unit}: ${doneBy(answer, request)}.`, delivery, rollback: [], warning: [] };
}

function doneBy({ result }: UnitAnswer, { about }: UnitRequest): string {
  if (about === 'plan') return result.outcome;
  return result.outcome === 'declined' ? 'not rolled back; it stays as it is' : `rollback ${taken[result.outcome]}`;
}

/**
 * Casts the vote; one decline decides, and so does one for a new plan.
 * @returns what is still missing, as words; undefined when the request can be answered. Of several voters, all that made it so.
 */
async function vote(
  decision: Decision,
  request: UnitRequest,
  through: string,
  { bucket, now }: ApprovalContext,
): Promise<{ missing?: string; voters?: string[] }> {
  const { delivery, unit, plan, rules } = request;
  const approving = decision.decision === 'approve';
  const voter = voterThrough(through);
  expectMayVote(voter, approving, unit, rules);
  const about = { version: 1, delivery, unit, plan: plan.sha256 } as const;
  await castVote({ ...about, voter, through, decision, at: now().toISOString() }, bucket);
  if (!approving) return {};
  const voters = approversAmong(await votesOn(request, bucket));
  const { minimumApprovals: needed } = rules;
  if (voters.length < needed) return { missing: `${voters.length} of ${needed} approvals` };
  return needed > 1 ? { voters } : {};
}

/** An approver decides about what he saw. */
function expectSamePlan({ plan }: Decision, request: UnitRequest): void {
  if (plan === undefined || plan === request.plan.sha256) return;
  throw new DecisionError(
    `Unit ${request.unit} has another plan by now than the one that this decision is about; look at it, and decide again.`,
  );
}

/** What is rolled back is chosen by then; a decline leaves this one unit as it is. */
function expectNoChoice({ rollback }: Decision, { about, unit }: UnitRequest): void {
  if (about === 'plan' || rollback === undefined) return;
  throw new DecisionError(
    `The plan of ${unit}'s rollback waits, and what to roll back is chosen already: decline without a rollback choice to leave ${unit} as it is.`,
  );
}

function expectAskedBefore(givenAt: Date, requestedAt: string, what: string): void {
  if (Date.parse(requestedAt) <= givenAt.getTime()) return;
  throw new DecisionError(
    `${what} has asked anew since this decision was given; see live-ci status, and decide again.`,
  );
}

const answers = { approve: 'approved', decline: 'declined', replan: 'replan' } as const;

function answerOf({ decision }: Decision, unit: string, request: UnitRequest): UnitAnswer {
  if (decision !== 'approve' && decision !== 'decline' && decision !== 'replan')
    throw new RangeError(`${decision} is no answer of a unit`);
  const outcome = answers[decision];
  return {
    result: {
      unit,
      outcome,
      plan: outcome === 'approved' ? request.plan.sha256 : null,
    },
  };
}

const taken = {
  approved: 'approved',
  declined: 'declined',
  cancelled: 'cancelled',
  replan: 'being planned again',
} as const satisfies Record<UnitAnswer['result']['outcome'], string>;

function expectSame(before: UnitAnswer, now: UnitAnswer, unit: string): void {
  if (before.result.outcome === now.result.outcome) return;
  throw new DecisionError(
    `Unit ${unit} is not waiting for a decision: it is ${taken[before.result.outcome]} already. See live-ci status.`,
  );
}

function given<T extends UnitRequest | RollbackRequest>(
  request: T,
  decision: Decision,
  voter: string,
  answer: T['answer'],
  context: ApprovalContext,
  voters?: string[],
): T {
  const at = context.now().toISOString();
  return { ...request, given: { decision, voter, ...(voters ? { voters } : {}), at }, answer };
}

/** Marks the delivery as declined, and takes back whatever else is waiting for an approver. */
async function declineDelivery(decision: Decision, unit: string, context: ApprovalContext): Promise<void> {
  const marker = declinedSchema.parse({ version: 1, unit, decision });
  await context.bucket.write(bucketKeys.declined(decision.delivery), toJson(marker), { ifNoneMatch: '*' });
  await takeBackAll(decision.delivery, context, unit);
}

async function decideRollback(
  decision: Decision,
  voter: string,
  context: ApprovalContext,
  givenAt: Date,
): Promise<Decided> {
  const { bucket } = context;
  const delivery = await describedDelivery(decision, bucket);
  const key = bucketKeys.rollbackRequest(delivery.id);
  const stored = await readRequest(bucket, key, rollbackRequestSchema);
  if (stored === undefined) {
    throw new DecisionError(
      `Delivery ${delivery.id} is not waiting for a rollback choice; name a unit, or see live-ci status.`,
    );
  }
  expectAskedBefore(givenAt, stored.value.requestedAt, `Delivery ${delivery.id}`);
  expectMayChoose(voterThrough(voter), delivery);
  const situation = situationAsked(delivery, stored.value);
  checkSelection(decision, situation);
  const answer = rollbackAnswer(decision, situation);
  if (stored.value.answer) {
    if (JSON.stringify(stored.value.answer) !== JSON.stringify(answer)) {
      throw new DecisionError(
        `The rollback of ${delivery.id} is chosen already: ${stored.value.answer.result.rollback}. See live-ci status.`,
      );
    }
  } else {
    const kept = toJson(given(stored.value, decision, voter, answer, context));
    if ((await bucket.write(key, kept, { ifMatch: stored.etag })) === undefined)
      throw new DecisionError(
        'Somebody else decided on the rollback at the same moment; see live-ci status for the answer that stands.',
      );
  }
  if (!(await answerTask(stored.token, answer, delivery.id, context)) && stored.value.answer === null) {
    throw new DecisionError(
      `Delivery ${delivery.id} no longer waits for a rollback choice: the question has expired, or its execution was stopped. See live-ci status.`,
    );
  }
  const { rollback: choice } = answer.result;
  if (choice === 'retry') return { done: triedAgain(delivery), delivery: delivery.id, rollback: [], warning: [] };
  const reach = reachOf(choice, decision.units ?? [], situation);
  const rollback = someOf(reach.units);
  const [stays, again] = [someOf([...reach.held.keys()]).join(', '), someOf(reach.again).join(', ')];
  const done = [
    rollback.length === 0 ? 'Nothing is rolled back.' : `Rolling back ${rollback.join(', ')}.`,
    ...(stays === '' ? [] : [`Not destroyed, since they are read by units that stay: ${stays}.`]),
    ...(again === ''
      ? []
      : [`Planned once more with the next delivery, since what they read goes back after them: ${again}.`]),
  ];
  return { done: done.join(' '), delivery: delivery.id, rollback, warning: someOf(reach.left) };
}

function triedAgain({ id }: Delivery): string {
  return `Nothing is rolled back. What did not end well in ${id} is planned and asked about again, and what was cancelled because of it goes on.`;
}

function checkSelection(decision: Decision, situation: Situation): void {
  const { modified } = situation;
  const known = new Set(modified);
  const untouched = (decision.units ?? []).filter((path) => !known.has(path));
  if (untouched.length > 0)
    throw new DecisionError(
      `${someOf(untouched).join(', ')} was not applied by this delivery; what can be rolled back is ${someOf(modified).join(', ') || 'nothing'}.`,
    );
  const [held] = decision.units ? chosenBy('selective', decision.units, situation).held : [];
  if (held === undefined) return;
  const [path, reader] = held;
  throw new DecisionError(
    `${path} would be destroyed, since this delivery has made it, while ${reader} reads it and stays; name ${reader}, too, if it can be rolled back, or leave ${path} out.`,
  );
}
