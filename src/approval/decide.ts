/**
 * The one handler behind every door (console, page, command line): checks a decision, keeps it, and answers the task that
 * waits. It is kept before it is answered, so that the same decision given again finishes what was cut off; another one
 * is refused.
 */
import type { Bucket, Condition } from '../aws/bucket.ts';
import { readExpected, readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { DecisionError } from '../errors.ts';
import { type Decision, type Delivery, decisionSchema, deliverySchema } from '../model.ts';
import { type ApprovalContext, rollbackAnswer } from './ask.ts';
import { cancelDelivery } from './cancel.ts';
import { chooseUnits, leftBehind } from './choose-units.ts';
import {
  declinedSchema,
  type RollbackRequest,
  rollbackRequestSchema,
  type UnitAnswer,
  type UnitRequest,
  unitRequestSchema,
} from './request.ts';
import { takeBackAll } from './take-back.ts';
import { tokenOf } from './token.ts';

export interface Decided {
  /** A sentence: what the decision did. */
  done: string;
  delivery: string;
  /** Units that will be rolled back, last first; empty when none is. */
  rollback: string[];
  /** Dependents that stay applied although what they depend on is rolled back. */
  warning: string[];
}

/** @throws DecisionError for input that is no decision. */
export function parseDecision(input: unknown): Decision {
  const parsed = decisionSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new DecisionError(
    `This is no decision: ${issues.join('; ')}. Give {"delivery": …, "unit": …, "decision": "approve | decline | replan | cancel", "rollback": …}.`,
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
  const delivery = await expectRunning(decision.delivery, context.bucket);
  if (decision.decision === 'cancel') return cancelDelivery(decision, delivery, voter, context);
  checkUnits(decision, delivery);
  return decision.unit === undefined
    ? decideRollback(decision, delivery, voter, context, givenAt)
    : decideUnit(decision, decision.unit, delivery, voter, context, givenAt);
}

async function expectRunning(id: string, bucket: Bucket): Promise<Delivery> {
  const pointer = (await readPointer(bucket)).value;
  if (pointer.running?.delivery === id) return readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const known = await bucket.read(bucketKeys.delivery(id));
  const instead = pointer.running ? `; ${pointer.running.delivery} is running` : '; nothing is running';
  throw new DecisionError(
    known ? `Delivery ${id} has ended${instead}. See live-ci status.` : `There is no delivery ${id}${instead}.`,
  );
}

function checkUnits(decision: Decision, delivery: Delivery): void {
  const known = new Set(delivery.units.map((unit) => unit.path));
  const unknown = [decision.unit, ...(decision.units ?? [])].find((path) => path !== undefined && !known.has(path));
  if (unknown === undefined) return;
  throw new DecisionError(`Delivery ${delivery.id} has no unit ${unknown}; its units are ${[...known].join(', ')}.`);
}

async function decideUnit(
  decision: Decision,
  unit: string,
  delivery: Delivery,
  voter: string,
  context: ApprovalContext,
  givenAt: Date,
): Promise<Decided> {
  const { bucket, stepFunctions } = context;
  const key = bucketKeys.request(delivery.id, unit);
  const stored = await readStored(bucket, key, unitRequestSchema);
  if (stored === undefined) {
    throw new DecisionError(
      `Unit ${unit} is not waiting for a decision in ${delivery.id}; see live-ci status for what it does.`,
    );
  }
  expectAskedBefore(givenAt, stored.value.requestedAt, `Unit ${unit}`);
  const token = await tokenOf(bucket, delivery.id, stored.value.token);
  const answer = answerOf(decision, unit, stored.value);
  if (stored.value.answer) expectSame(stored.value.answer, answer, unit);
  else await keep(bucket, key, given(stored.value, decision, voter, answer, context), { ifMatch: stored.etag }, unit);

  if (decision.decision === 'decline') await declineDelivery(decision, unit, delivery, context);
  if (!(await stepFunctions.answer(token, answer)) && stored.value.answer === null) {
    throw new DecisionError(
      `Unit ${unit} no longer waits in ${delivery.id}: the request has expired. See live-ci status.`,
    );
  }
  return { done: `${unit}: ${answer.result.outcome}.`, delivery: delivery.id, rollback: [], warning: [] };
}

function expectAskedBefore(givenAt: Date, requestedAt: string, what: string): void {
  if (Date.parse(requestedAt) <= givenAt.getTime()) return;
  throw new DecisionError(
    `${what} has asked anew since this decision was given; see live-ci status, and decide again.`,
  );
}

const answers = { approve: 'approved', decline: 'declined', replan: 'replan', cancel: 'cancelled' } as const;

function answerOf(decision: Decision, unit: string, request: UnitRequest): UnitAnswer {
  const outcome = answers[decision.decision];
  return {
    result: {
      unit,
      outcome,
      ok: outcome !== 'declined',
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
): T {
  return { ...request, given: { decision, voter, at: context.now().toISOString() }, answer };
}

async function keep(bucket: Bucket, key: string, value: unknown, condition: Condition, what: string): Promise<void> {
  if ((await bucket.write(key, toJson(value), condition)) !== undefined) return;
  throw new DecisionError(
    `Somebody else decided on ${what} at the same moment; see live-ci status for the answer that stands.`,
  );
}

/** Marks the delivery as declined, and takes back whatever else is waiting for an approver. */
async function declineDelivery(
  decision: Decision,
  unit: string,
  delivery: Delivery,
  context: ApprovalContext,
): Promise<void> {
  const marker = declinedSchema.parse({ version: 1, unit, decision });
  await context.bucket.write(bucketKeys.declined(delivery.id), toJson(marker), { ifNoneMatch: '*' });
  await takeBackAll(delivery, context, unit);
}

async function decideRollback(
  decision: Decision,
  delivery: Delivery,
  voter: string,
  context: ApprovalContext,
  givenAt: Date,
): Promise<Decided> {
  const { bucket, stepFunctions } = context;
  const key = bucketKeys.rollbackRequest(delivery.id);
  const stored = await readStored(bucket, key, rollbackRequestSchema);
  if (stored === undefined) {
    throw new DecisionError(
      `Delivery ${delivery.id} is not waiting for a rollback choice; name a unit, or see live-ci status.`,
    );
  }
  expectAskedBefore(givenAt, stored.value.requestedAt, `Delivery ${delivery.id}`);
  const { modified, troubled } = stored.value;
  const situation = { delivery, modified, troubled };
  checkSelection(decision, modified);
  const token = await tokenOf(bucket, delivery.id, stored.value.token);
  const answer = rollbackAnswer(decision, situation);
  if (stored.value.answer) {
    if (JSON.stringify(stored.value.answer) !== JSON.stringify(answer)) {
      throw new DecisionError(
        `The rollback of ${delivery.id} is chosen already: ${stored.value.answer.result.rollback}. See live-ci status.`,
      );
    }
  } else {
    await keep(
      bucket,
      key,
      given(stored.value, decision, voter, answer, context),
      { ifMatch: stored.etag },
      'the rollback',
    );
  }
  if (!(await stepFunctions.answer(token, answer)) && stored.value.answer === null) {
    throw new DecisionError(
      `Delivery ${delivery.id} no longer waits for a rollback choice: the question has expired. See live-ci status.`,
    );
  }
  const chosen = chooseUnits(answer.result.rollback, decision.units ?? [], situation);
  return {
    done: chosen.length === 0 ? 'Nothing is rolled back.' : `Rolling back ${[...chosen].reverse().join(', ')}.`,
    delivery: delivery.id,
    rollback: [...chosen].reverse(),
    warning: leftBehind(chosen, situation),
  };
}

function checkSelection(decision: Decision, modified: string[]): void {
  const untouched = (decision.units ?? []).filter((path) => !modified.includes(path));
  if (untouched.length === 0) return;
  throw new DecisionError(
    `${untouched.join(', ')} was not applied by this delivery; what can be rolled back is ${modified.join(', ') || 'nothing'}.`,
  );
}
