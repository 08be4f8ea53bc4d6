/**
 * Takes a request of the pipeline: keeps its task token and what is asked, or answers at once where nothing is left to
 * ask. The same request twice (Lambda may deliver an event more than once) is one request.
 */
import * as z from 'zod';
import { unitKeys } from '../../statemachine/unit-keys.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, toJson } from '../aws/stored.ts';
import type { Ending } from '../delivery/applied.ts';
import { bucketKeys, planners } from '../delivery/bucket-keys.ts';
import { toldEndings, toldSchema } from '../delivery/endings.ts';
import { readDelivery } from '../delivery/read-delivery.ts';
import type { StepFunctions } from '../delivery/step-functions.ts';
import { DeliveryError } from '../errors.ts';
import {
  type Decision,
  type Delivery,
  type DeliveryUnit,
  noEffects,
  runResultSchema,
  settingsIn,
  unitPath,
} from '../model.ts';
import { autoApproved } from './auto-approve.ts';
import { chooseUnits, type Situation } from './choose-units.ts';
import { declinedBefore, isRemembered } from './declined-before.ts';
import {
  declinedSchema,
  type RollbackAnswer,
  type RollbackRequest,
  rollbackRequestSchema,
  type UnitRequest,
  unitRequestSchema,
} from './request.ts';
import { situationAfter } from './situation.ts';
import { takeBack } from './take-back.ts';
import { answerTask, forgetToken, hashOf, keepToken } from './token.ts';
import { troublesOf } from './troubles.ts';
import { rulesOf } from './vote.ts';

export interface ApprovalContext {
  bucket: Bucket;
  stepFunctions: Pick<StepFunctions, 'answer'>;
  now: () => Date;
}

/** A plan as `build` tells of it: its SHA-256 and its counts. */
export const toldPlanSchema = z.object({ plan: z.string(), add: z.int(), change: z.int(), destroy: z.int() });

/** The event that `Ask` of the state machine `build` and `Choose rollback` of the pipeline send; what they show beside it is left out. */
export const askSchema = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('approval'),
    about: z.enum(planners).optional(),
    delivery: z.string(),
    token: z.string(),
    unit: unitPath,
    plan: toldPlanSchema,
  }),
  z.object({ ask: z.literal('rollback'), delivery: z.string(), token: z.string(), outcomes: toldSchema }),
]);
export type Ask = z.infer<typeof askSchema>;

export async function ask(request: Ask, context: ApprovalContext): Promise<void> {
  if (request.ask === 'approval') await askApproval(request, context);
  else await askRollback(request, context);
}

async function askApproval(request: Extract<Ask, { ask: 'approval' }>, context: ApprovalContext): Promise<void> {
  const { bucket } = context;
  const { delivery, unit, about = 'plan' } = request;
  const described = await readDelivery(delivery, bucket);
  const one = unitAsked(described, unit);
  const settings = settingsIn(described, one);
  const waiting: UnitRequest = {
    version: 1,
    delivery,
    unit,
    about,
    token: hashOf(request.token),
    plan: await planAsked(request, bucket),
    rules: rulesOf(one, described),
    requestedAt: context.now().toISOString(),
    given: null,
    answer: null,
  };
  // A rollback follows when the rest of the delivery is over: it is asked about whatever was declined or cancelled.
  const isBack = about === 'rollback';
  const before = isBack ? waiting : declinedBefore(waiting, one);
  const known = before.answer ? before : autoApproved(waiting, settings.autoApprove, isBack ? {} : one);
  const asked = !isBack && known.answer && (await isGivenUp(delivery, bucket)) ? waiting : known;
  await keepRequest(asked, request.token, bucketKeys.request(delivery, unit, about), unitRequestSchema, bucket);
  if (asked.answer) {
    await answerTask(request.token, asked.answer, delivery, context);
    return;
  }
  // Looked at after the request is kept: a decline or cancel that comes in between finds the request and takes it back itself.
  if (!isBack && (await isGivenUp(delivery, bucket))) await takeBack(delivery, unit, context);
}

/** What is asked about, as its build tells it; its result has more than what runs through the execution's data. */
async function planAsked(
  { delivery, unit, about, plan: told }: Extract<Ask, { ask: 'approval' }>,
  bucket: Bucket,
): Promise<UnitRequest['plan']> {
  const { add, change, destroy } = told;
  const result = (await readStored(bucket, bucketKeys.planResult(delivery, unit, about), runResultSchema))?.value;
  if (result?.plan !== told.plan) {
    const counts = { ...noEffects, add, change, destroy };
    return { sha256: told.plan, counts, content: null, outputsChanged: [], warnings: [] };
  }
  const { counts, content, outputsChanged, warnings, heldBefore } = result;
  return {
    sha256: told.plan,
    counts: { ...counts, add, change, destroy },
    content,
    outputsChanged,
    warnings,
    ...(heldBefore === undefined ? {} : { heldBefore }),
  };
}

/**
 * The task's last try is the one that waits: its request takes the place of an earlier try's, whose token is of no use any more,
 * and one that comes late (its Lambda was given up while it still ran) does not take the place of a later one.
 */
async function keepRequest<T extends UnitRequest | RollbackRequest>(
  asked: T,
  token: string,
  key: string,
  schema: z.ZodType<T>,
  bucket: Bucket,
): Promise<void> {
  const before = await readStored(bucket, key, schema);
  if (before?.value.token === asked.token) return;
  if (before && before.value.requestedAt > asked.requestedAt) return forgetToken(bucket, asked);
  await keepToken(bucket, asked.delivery, token);
  const written = await bucket.write(key, toJson(asked), before ? { ifMatch: before.etag } : { ifNoneMatch: '*' });
  if (written === undefined) return keepRequest(asked, token, key, schema, bucket);
  if (before) await forgetToken(bucket, before.value);
}

/** Nothing of the delivery is approved any more: it was cancelled, or a unit was declined. */
async function isGivenUp(delivery: string, bucket: Bucket): Promise<boolean> {
  const markers = [bucketKeys.cancelled(delivery), bucketKeys.declined(delivery)];
  return (await Promise.all(markers.map((key) => bucket.read(key)))).some((marker) => marker !== undefined);
}

async function askRollback(request: Extract<Ask, { ask: 'rollback' }>, context: ApprovalContext): Promise<void> {
  const { bucket } = context;
  const requestedAt = context.now().toISOString();
  const delivery = await readDelivery(request.delivery, bucket);
  const endings = await toldEndings(delivery, request.outcomes, bucket);
  const situation = situationAfter(delivery, endings);
  const answer = await answerAtOnce(endings, situation, bucket);
  const asked: RollbackRequest = {
    version: 1,
    delivery: delivery.id,
    token: hashOf(request.token),
    modified: [...situation.modified],
    troubled: [...situation.troubled],
    troubles: await troublesOf(situation, bucket),
    unchanged: [...(situation.unchanged ?? [])],
    requestedAt,
    given: null,
    answer,
  };
  await keepRequest(asked, request.token, bucketKeys.rollbackRequest(delivery.id), rollbackRequestSchema, bucket);
  if (answer) await answerTask(request.token, answer, delivery.id, context);
}

/**
 * Nothing is modified: nothing to roll back. One unit was declined with a rollback choice, and nothing else went wrong, nor did
 * anybody cancel the rest: the approver has chosen already. What was declined before, and not asked about, changes nothing of that; where
 * nothing else went wrong, it is no reason to roll anything back.
 */
async function answerAtOnce(
  endings: ReadonlyMap<string, Ending>,
  situation: Situation,
  bucket: Bucket,
): Promise<RollbackAnswer | null> {
  if (situation.modified.length === 0) return rollbackAnswer({ decision: 'decline', rollback: 'none' }, situation);
  if (await bucket.read(bucketKeys.cancelled(situation.delivery.id))) return null;
  if (situation.troubled.some((path) => endings.get(path)?.outcome === 'failed')) return null;
  const declinedNow = await declinedInDelivery(situation, bucket);
  if (declinedNow.length === 0 && situation.troubled.length > 0)
    return rollbackAnswer({ decision: 'decline', rollback: 'none' }, situation);
  const [troubled, ...others] = declinedNow;
  const declined = (await readStored(bucket, bucketKeys.declined(situation.delivery.id), declinedSchema))?.value;
  if (others.length > 0 || declined?.unit !== troubled || declined?.decision.rollback === undefined) return null;
  return rollbackAnswer(declined.decision, situation);
}

/** Units that were declined in this delivery itself, and not before. */
async function declinedInDelivery({ delivery, troubled }: Situation, bucket: Bucket): Promise<string[]> {
  const before = new Set(delivery.units.filter(({ declined }) => declined).map(({ path }) => path));
  const found = await atMost(bucketRequests, troubled, async (path) => {
    if (!before.has(path)) return [path];
    const request = await readStored(bucket, bucketKeys.request(delivery.id, path), unitRequestSchema);
    return isRemembered(request?.value) ? [] : [path];
  });
  return found.flat();
}

/** @throws DeliveryError when the delivery has no such unit. */
export function unitAsked(delivery: Delivery, path: string): DeliveryUnit {
  const unit = delivery.units.find((one) => one.path === path);
  if (unit !== undefined) return unit;
  throw new DeliveryError(`Delivery ${delivery.id} has no unit ${path}, so nobody can be asked about it.`);
}

/** What the task "Choose rollback" gets for an approver's choice. */
export function rollbackAnswer(
  { decision, rollback = 'none', units = [] }: Pick<Decision, 'decision' | 'rollback' | 'units'>,
  situation: Situation,
): RollbackAnswer {
  if (decision === 'retry') return { result: { rollback: 'retry', chosen: {} } };
  const chosen = new Set(chooseUnits(rollback, units, situation));
  const key = unitKeys(situation.delivery);
  return {
    result: {
      rollback,
      chosen: Object.fromEntries([...chosen].map((path) => [key(path), true as const])),
    },
  };
}
