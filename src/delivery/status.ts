/** What the queue, the delivery and every unit are doing, read from the bucket: for `live-ci status`, the demo and pages. */

import { type Cancelled, cancelledSchema, type RollbackRequest, rollbackRequestSchema } from '../approval/request.ts';
import { type PreviewsByChoice, previewsOf } from '../approval/rollback-preview.ts';
import { situationAsked } from '../approval/situation.ts';
import { approversAmong, votesOn } from '../approval/vote.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored } from '../aws/stored.ts';
import {
  type Change,
  type DecisionKind,
  type Delivery,
  type DeliveryUnit,
  deliverySchema,
  endedWell,
  type Outcome,
  type RememberedDecline,
  type RunResult,
} from '../model.ts';
import { howManyWait, readEnqueued } from '../queue/change-sets.ts';
import { readRefused } from '../queue/refused.ts';
import { deliveryInTitle } from '../repository/sync-words.ts';
import { bucketKeys, type Planner } from './bucket-keys.ts';
import { type DeliveryOutcomes, deliveryOutcomesSchema } from './endings.ts';
import { type Facts, lostBuild } from './lost-build.ts';
import { type OtherState, otherStateOf } from './other-state.ts';
import { type Pointer, readPointer } from './pointer.ts';
import { byStage, guard } from './ready.ts';
import type { ExecutionStatus } from './step-functions.ts';
import { type SyncRecord, syncRecordSchema } from './sync-record.ts';
import { askedFor, factsOf, newestPlan, readListed, rollbackFactsOf, toldRollback } from './unit-facts.ts';
import { withoutProspect } from './without-prospect.ts';

/** What a unit is doing while it has no outcome yet. */
export type Doing = 'waiting' | 'planning' | 'waiting-for-approval' | 'applying' | 'rolling-back';

export interface UnitStatus {
  path: string;
  change: Change;
  reasons: string[];
  stage: string;
  state: Doing | Outcome;
  /** What the plan is for that is told of here: to deliver, or to go back, once its rollback has one. */
  about: Planner;
  /** Why its rollback asks: sentences, of a plan that waits for approval. */
  asks: string[];
  /** Units that it waits for; empty unless it is `waiting`. */
  waitsFor: string[];
  /** Of a `cancelled` one: the units that it comes after and that did not end well. None when it was cancelled for another reason. */
  because: string[];
  /** Who has approved the plan so far, and how many must; null unless it waits for that. */
  approvals: { given: string[]; needed: number } | null;
  /** What was decided about the newest plan, by whom (`voter`: the last of several, or `auto-approve (<rule>)`) and why. Null before that. */
  decided: {
    decision: DecisionKind;
    voter: string;
    voters: string[];
    at: string;
    comment: string | null;
    /** The delivery in which it was given, when that is an earlier one and nothing of the unit has changed since; null otherwise. */
    remembered: string | null;
  } | null;
  /** The plan's counts; null before there is one. */
  counts: RunResult['counts'] | null;
  /** What the newest plan destroys, and the outputs that it changes. */
  destroys: RunResult['destroys'];
  outputsChanged: string[];
  /** What it warns of, and the checks that fail in it. */
  warnings: string[];
  /** That its state is another one than before, and what stays in the old one; null when it is the same. */
  otherState: OtherState | null;
  /** An apply of this delivery has changed it, or may have. */
  modified: boolean;
  /** It has failed after all of its plan was applied, as the state shows. */
  complete: boolean;
  /** SHA-256 of the newest plan; names its text in the bucket. */
  plan: string | null;
  /** Seconds that its builds took together. */
  seconds: number;
  /** The last build's error, or what is to be known of one that left none. */
  error: string | null;
}

export interface DeliveryStatus {
  delivery: string;
  branch: string;
  head: string;
  author: string;
  subject: string;
  attempt: number;
  /**
   * `cancelling`: what has begun comes to its end, and nothing else begins. Until a poll has looked, also how Step Functions has it, where that
   * is asked: `interrupted`, it was stopped under the delivery; `gone`, its execution is not there.
   */
  state:
    | 'starting'
    | 'running'
    | 'cancelling'
    | 'waiting-for-rollback-choice'
    | 'interrupted'
    | 'gone'
    | 'ended'
    | 'halted';
  /** Who cancelled it, and when; null when nobody did. */
  cancelled: Pick<Cancelled, 'voter' | 'at' | 'comment'> | null;
  units: UnitStatus[];
  /** Units that may be rolled back, while the delivery waits for that choice. */
  modified: string[];
  /** What each choice would do, while the delivery waits for it; null before and after that. */
  choices: PreviewsByChoice | null;
}

/** What git doesn't say yet. */
export interface InGit {
  /** Units that are not as git says, or may not be: why, and who declined them where that still holds. */
  carried: { path: string; reason: string; declined: RememberedDecline | null }[];
  /** What was put back in git, or proposed, after the delivery that is told of: what left units unapplied. Null when nothing was. */
  putBack: SyncRecord | null;
  /** What is proposed now, and what can't be. Null when git says what is applied, or nobody has looked yet. */
  proposal: SyncRecord | null;
}

export interface Status extends InGit {
  queue: { waiting: number; dead: number };
  /** The last push, when it was refused: its commit can't be understood. Null once a later one is enqueued. */
  refused: { head: string; reason: string; at: string } | null;
  halted: Pointer['halted'];
  delivery: DeliveryStatus | null;
  /** When that delivers a commit with which the pipeline put units back: the delivery that left them unapplied, and why. Null otherwise. */
  before: DeliveryStatus | null;
}

/**
 * @param id a delivery; without one, the running or halted one, else the last that ended.
 * @param executionOf how Step Functions has an execution; undefined where it can't be asked.
 */
export async function status(
  bucket: Bucket,
  id?: string,
  executionOf?: (execution: string) => Promise<ExecutionStatus | undefined>,
): Promise<Status> {
  const [pointer, enqueued, dead] = await Promise.all([
    readPointer(bucket),
    readEnqueued(bucket),
    bucket.list(bucketKeys.deadLetters),
  ]);
  const { running, halted, last, sequence } = pointer.value;
  const shown = id ?? running?.delivery ?? halted?.delivery ?? last ?? undefined;
  const delivery = shown === undefined ? null : await deliveryStatus(bucket, shown, pointer.value);
  const cause = delivery === null || id !== undefined ? undefined : await putBackAfter(delivery, bucket);
  return {
    queue: { waiting: howManyWait(enqueued, sequence), dead: dead.length },
    refused: await readRefused(enqueued?.sequence ?? 0, bucket),
    halted,
    ...(await inGit(cause ?? shown, pointer.value, bucket)),
    delivery: delivery && (await seenBy(executionOf, delivery, running)),
    before: cause === undefined ? null : await deliveryStatus(bucket, cause, pointer.value),
  };
}

/** @param id the delivery that is told of; undefined before the first one */
export async function inGit(id: string | undefined, { carried }: Pointer, bucket: Bucket): Promise<InGit> {
  return {
    carried: carried.map(({ path, reason, declined = null }) => ({ path, reason, declined })),
    putBack: id === undefined ? null : await syncRecord(bucketKeys.sync(id), bucket),
    proposal: await syncRecord(bucketKeys.proposal, bucket),
  };
}

/** The delivery after which the pipeline itself made the commit that is delivered; what the commit says of itself is not believed alone. */
async function putBackAfter({ subject, head }: DeliveryStatus, bucket: Bucket): Promise<string | undefined> {
  const named = deliveryInTitle(subject);
  if (named === undefined || (await syncRecord(bucketKeys.sync(named), bucket))?.commit !== head) return undefined;
  return (await bucket.read(bucketKeys.delivery(named))) && named;
}

/** Null where nothing was put back, and nothing is left to be. */
async function syncRecord(key: string, bucket: Bucket): Promise<SyncRecord | null> {
  const record = (await readStored(bucket, key, syncRecordSchema))?.value;
  return record && (record.commit !== null || record.left.length > 0) ? record : null;
}

/** An execution that runs, or has ended and is soon written down as such, is told of by what is in the bucket. */
async function seenBy(
  executionOf: Parameters<typeof status>[2],
  delivery: DeliveryStatus,
  running: Pointer['running'],
): Promise<DeliveryStatus> {
  if (running?.delivery !== delivery.delivery || running.execution === null) return delivery;
  switch (await executionOf?.(running.execution)) {
    case 'INTERRUPTED':
      return { ...delivery, state: 'interrupted' };
    case 'MISSING':
      return { ...delivery, state: 'gone' };
    default:
      return delivery;
  }
}

/** @throws DeliveryError when there is no such delivery. */
export async function deliveryStatus(bucket: Bucket, id: string, pointer: Pointer): Promise<DeliveryStatus> {
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const { read, has } = await readListed(bucket, id);
  const outcomes = await read(bucketKeys.outcomes(id), deliveryOutcomesSchema);
  const rollback = await read(bucketKeys.rollbackRequest(id), rollbackRequestSchema);
  const cancelled = await read(bucketKeys.cancelled(id), cancelledSchema);
  const facts = new Map(
    await atMost(bucketRequests, delivery.units, async (unit) => {
      const began = (action: string) => has(bucketKeys.log(id, unit.path, action));
      const [facts, back] = await Promise.all([factsOf(id, unit, read), rollbackFactsOf(id, unit, read)]);
      const [planningBack, rollingBack] = [began('plan-rollback'), began('rollback')];
      return [unit.path, { ...facts, back, planningBack, rollingBack }] as const;
    }),
  );
  const approvals = await approvalsOf(facts, bucket);
  const states = statesOf(delivery, facts, outcomes?.outcomes, rollback);
  const units = delivery.units.map((unit) => describe(unit, found(facts, unit.path), states, approvals));
  const asked = rollback?.answer === null ? rollback : undefined;
  return {
    delivery: id,
    branch: delivery.branch,
    head: delivery.head,
    author: delivery.author,
    subject: delivery.subject,
    attempt: delivery.attempt,
    state: stateOfDelivery(delivery, pointer, rollback, cancelled, outcomes !== undefined),
    cancelled: cancelled ? { voter: cancelled.voter, at: cancelled.at, comment: cancelled.comment } : null,
    units,
    modified: asked?.modified ?? [],
    choices: asked ? previewsOf(situationAsked(delivery, asked), units) : null,
  };
}

/** Of the units whose newest plan waits for approvers. */
async function approvalsOf(
  facts: ReadonlyMap<string, Facts>,
  bucket: Bucket,
): Promise<Map<string, UnitStatus['approvals']>> {
  const waiting = [...facts.values()].flatMap((each) => {
    const request = askedFor(newestPlan(each, each.back));
    return request && request.answer === null ? [request] : [];
  });
  const read = await atMost(bucketRequests, waiting, async (request) => {
    const given = approversAmong(await votesOn(request, bucket));
    return [request.unit, { given, needed: request.rules.minimumApprovals }] as const;
  });
  return new Map(read);
}

function statesOf(
  delivery: Delivery,
  facts: ReadonlyMap<string, Facts>,
  recorded: DeliveryOutcomes['outcomes'] | undefined,
  question: RollbackRequest | undefined,
): Map<string, UnitStatus['state']> {
  const states = new Map<string, UnitStatus['state']>();
  const ended = (path: string) => {
    const state = states.get(path);
    return state !== undefined && hasEnded(state) ? state : undefined;
  };
  const troubled = new Set(question?.troubled);
  const ignored = withoutProspect(delivery.units);
  let earlier: 'open' | 'well' | 'badly' = 'well';
  for (const stage of byStage(delivery)) {
    for (const unit of stage) {
      const back = stateOfRollback(found(facts, unit.path));
      const seen = stateFromBuilds(found(facts, unit.path));
      const state = () => {
        if (back !== undefined) return back;
        if (seen !== undefined && hasEnded(seen)) return seen;
        // Once the rollback is asked about, every unit has ended: what seems to be under way has expired, or its build has died.
        if (troubled.has(unit.path)) return seen === 'waiting-for-approval' ? 'declined' : 'failed';
        return seen ?? (question ? 'cancelled' : stateBeforePlan(unit, ended, earlier));
      };
      states.set(unit.path, recorded?.[unit.path] ?? state());
    }
    const outcomes = stage.map(({ path }) => ended(path));
    if (outcomes.includes(undefined)) earlier = 'open';
    else if (
      earlier === 'well' &&
      !stage.every(({ path }) => ignored.has(path) || endedWell(ended(path) ?? 'cancelled'))
    )
      earlier = 'badly';
  }
  return states;
}

/** Before any rollback. Undefined before the unit's first plan. */
function stateFromBuilds(facts: Facts): UnitStatus['state'] | undefined {
  const { plan, apply, error } = facts;
  if (error !== undefined) return 'failed';
  if (apply && apply.outcome !== 'stale') return endOf(apply);
  if (plan && plan.outcome !== 'planned') return endOf(plan);
  // The request follows the plan by a moment; until it is there, nobody can answer.
  const asked = askedFor(facts);
  const answer = asked?.answer?.result.outcome;
  if (answer === 'declined' || answer === 'cancelled') return answer;
  // What is left here of an apply is that it found the plan stale.
  if (answer === 'approved' && apply?.plan !== plan?.plan) return 'applying';
  if (answer === 'approved' || answer === 'replan') return 'planning';
  return plan && (asked ? 'waiting-for-approval' : 'planning');
}

/** Undefined before its plan, and when that was not approved: the unit is as it was. */
function stateOfRollback({ back, planningBack, rollingBack }: Facts): UnitStatus['state'] | undefined {
  const told = toldRollback(back, false);
  if (told !== undefined) return told === 'kept' ? undefined : told;
  if (askedFor(back)?.answer === null) return 'waiting-for-approval';
  return planningBack || rollingBack ? 'rolling-back' : undefined;
}

function endOf({ outcome }: RunResult): Outcome {
  return outcome === 'applied' || outcome === 'unchanged' || outcome === 'cancelled' ? outcome : 'failed';
}

function stateBeforePlan(
  unit: DeliveryUnit,
  ended: (path: string) => Outcome | undefined,
  earlier: 'open' | 'well' | 'badly',
): UnitStatus['state'] {
  if (earlier === 'badly') return 'cancelled';
  const verdict = guard(unit, ended);
  if (verdict === 'cancelled') return verdict;
  if (verdict === 'waits' || earlier === 'open') return 'waiting';
  return verdict === 'plan' ? 'planning' : verdict;
}

const doing: readonly string[] = [
  'waiting',
  'planning',
  'waiting-for-approval',
  'applying',
  'rolling-back',
] satisfies Doing[];

export function hasEnded(state: UnitStatus['state']): state is Outcome {
  return !doing.includes(state);
}

function describe(
  unit: DeliveryUnit,
  facts: Facts,
  states: ReadonlyMap<string, UnitStatus['state']>,
  approvals: ReadonlyMap<string, UnitStatus['approvals']>,
): UnitStatus {
  const state = states.get(unit.path) ?? 'waiting';
  const { plan, about, ...asked } = newestPlan(facts, facts.back);
  const builds = [facts.plan, facts.apply, facts.back.plan, facts.back.rollback].filter((build) => build !== undefined);
  return {
    path: unit.path,
    change: unit.change,
    reasons: unit.reasons,
    stage: unit.stage,
    state,
    about,
    asks: state === 'waiting-for-approval' ? (plan?.asks ?? []) : [],
    waitsFor: state === 'waiting' ? unit.after.filter((path) => !hasEnded(states.get(path) ?? 'waiting')) : [],
    because: state === 'cancelled' ? unit.after.filter((path) => endedBadly(states.get(path))) : [],
    approvals: state === 'waiting-for-approval' ? (approvals.get(unit.path) ?? null) : null,
    decided: decisionOn({ plan, ...asked }),
    counts: plan?.counts ?? null,
    destroys: plan?.destroys ?? [],
    outputsChanged: plan?.outputsChanged ?? [],
    warnings: plan?.warnings ?? [],
    otherState: otherStateOf(unit, about, plan),
    modified: facts.apply?.outcome === 'applied' || (facts.apply?.outcome === 'failed' && facts.apply.plan !== null),
    complete: state === 'failed' && facts.apply?.complete === true,
    plan: plan?.plan ?? null,
    seconds: builds.reduce((sum, build) => sum + (Date.parse(build.endedAt) - Date.parse(build.startedAt)) / 1000, 0),
    error: facts.error ?? builds.at(-1)?.error ?? (hasEnded(state) ? lostBuild(state, facts) : null),
  };
}

function endedBadly(state: UnitStatus['state'] | undefined): boolean {
  return state !== undefined && hasEnded(state) && !endedWell(state);
}

function decisionOn(facts: Pick<Facts, 'plan' | 'request'>): UnitStatus['decided'] {
  const request = askedFor(facts);
  if (!request?.given) return null;
  const { given, remembered = null } = request;
  const { decision, voter, voters = [voter], at } = given;
  return { decision: decision.decision, voter, voters, at, comment: decision.comment ?? null, remembered };
}

function stateOfDelivery(
  { id }: Delivery,
  pointer: Pointer,
  rollback: RollbackRequest | undefined,
  cancelled: Cancelled | undefined,
  recorded: boolean,
): DeliveryStatus['state'] {
  if (pointer.halted?.delivery === id) return 'halted';
  if (pointer.running?.delivery !== id) return 'ended';
  if (pointer.running.phase === 'intended') return 'starting';
  if (rollback && rollback.answer === null && !recorded) return 'waiting-for-rollback-choice';
  return cancelled && !rollback ? 'cancelling' : 'running';
}

function found(facts: ReadonlyMap<string, Facts>, path: string): Facts {
  return facts.get(path) ?? { back: {}, planningBack: false, rollingBack: false };
}
