/** What the queue, the delivery and every unit are doing, read from the bucket: for `live-ci status`, the demo and pages. */

import {
  type Cancelled,
  cancelledSchema,
  type RollbackRequest,
  rollbackRequestSchema,
  unitRequestSchema,
} from '../approval/request.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, type Stored } from '../aws/stored.ts';
import {
  type Change,
  type Delivery,
  type DeliveryUnit,
  deliverySchema,
  endedWell,
  type Outcome,
  type RunResult,
  runResultSchema,
} from '../model.ts';
import { readEnqueued } from '../queue/change-sets.ts';
import { bucketKeys } from './bucket-keys.ts';
import { deliveryOutcomesSchema } from './endings.ts';
import { type Facts, lostBuild } from './lost-build.ts';
import { type Pointer, readPointer } from './pointer.ts';

/** What a unit is doing while it has no outcome yet. */
export type Doing = 'waiting' | 'planning' | 'waiting-for-approval' | 'applying' | 'rolling-back';

export interface UnitStatus {
  path: string;
  change: Change;
  reasons: string[];
  stage: string;
  state: Doing | Outcome;
  /** Units that it waits for; empty unless it is `waiting`. */
  waitsFor: string[];
  /** The plan's counts; null before there is one. */
  counts: RunResult['counts'] | null;
  /** SHA-256 of the newest plan; names its text in the bucket. */
  plan: string | null;
  /** Seconds that its builds took together. */
  seconds: number;
  /** The last build's error, or what is to be known of one that left none. */
  error: string | null;
}

export interface DeliveryStatus {
  delivery: string;
  head: string;
  author: string;
  subject: string;
  attempt: number;
  /** `cancelling`: what has begun comes to its end, and nothing else begins. */
  state: 'starting' | 'running' | 'cancelling' | 'waiting-for-rollback-choice' | 'ended' | 'halted';
  /** Who cancelled it, and when; null when nobody did. */
  cancelled: Pick<Cancelled, 'voter' | 'at' | 'comment'> | null;
  units: UnitStatus[];
  /** Units that may be rolled back, while the delivery waits for that choice. */
  modified: string[];
}

export interface Status {
  queue: { waiting: number; dead: number };
  halted: Pointer['halted'];
  carried: { path: string; reason: string }[];
  delivery: DeliveryStatus | null;
}

/** @param id a delivery; without one, the running or halted one, else the last that ended. */
export async function status(bucket: Bucket, id?: string): Promise<Status> {
  const [pointer, enqueued, dead] = await Promise.all([
    readPointer(bucket),
    readEnqueued(bucket),
    bucket.list(bucketKeys.deadLetters),
  ]);
  const { running, halted, carried, last, sequence } = pointer.value;
  const shown = id ?? running?.delivery ?? halted?.delivery ?? last ?? undefined;
  return {
    queue: { waiting: Math.max(0, (enqueued?.sequence ?? 0) - sequence), dead: dead.length },
    halted,
    carried: carried.map(({ path, reason }) => ({ path, reason })),
    delivery: shown === undefined ? null : await deliveryStatus(bucket, shown, pointer.value),
  };
}

/** @throws DeliveryError when there is no such delivery. */
export async function deliveryStatus(bucket: Bucket, id: string, pointer: Pointer): Promise<DeliveryStatus> {
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const keys = new Set(await bucket.list(`deliveries/${id}/`));
  const read = async <T>(key: string, get: (key: string) => Promise<Stored<T> | undefined>) =>
    keys.has(key) ? (await get(key))?.value : undefined;
  const outcomes = await read(bucketKeys.outcomes(id), (key) => readStored(bucket, key, deliveryOutcomesSchema));
  const rollback = await read(bucketKeys.rollbackRequest(id), (key) => readStored(bucket, key, rollbackRequestSchema));
  const cancelled = await read(bucketKeys.cancelled(id), (key) => readStored(bucket, key, cancelledSchema));
  const facts = new Map(
    await Promise.all(
      delivery.units.map(async (unit) => [unit.path, await factsOf(unit, id, keys, read, bucket)] as const),
    ),
  );
  const states = new Map<string, UnitStatus['state']>();
  for (const unit of delivery.units) {
    const known = outcomes?.outcomes[unit.path];
    const stage = delivery.units.findIndex((other) => other.stage === unit.stage);
    const earlier = delivery.units.slice(0, stage);
    const now = () => stateOf(unit, found(facts, unit.path), states, earlier, rollback);
    states.set(unit.path, known ?? now());
  }
  return {
    delivery: id,
    head: delivery.head,
    author: delivery.author,
    subject: delivery.subject,
    attempt: delivery.attempt,
    state: stateOfDelivery(delivery, pointer, rollback, cancelled, outcomes !== undefined),
    cancelled: cancelled ? { voter: cancelled.voter, at: cancelled.at, comment: cancelled.comment } : null,
    units: delivery.units.map((unit) => describe(unit, found(facts, unit.path), states)),
    modified: rollback && rollback.answer === null ? rollback.modified : [],
  };
}

async function factsOf(
  { path, deleted }: DeliveryUnit,
  id: string,
  keys: ReadonlySet<string>,
  read: <T>(key: string, get: (key: string) => Promise<Stored<T> | undefined>) => Promise<T | undefined>,
  bucket: Bucket,
): Promise<Facts> {
  const result = (action: string) =>
    read(bucketKeys.result(id, path, action), (key) => readStored(bucket, key, runResultSchema));
  const [plan, apply, rollback, request] = await Promise.all([
    result('plan'),
    result(deleted ? 'destroy' : 'apply'),
    result('rollback'),
    read(bucketKeys.request(id, path), (key) => readStored(bucket, key, unitRequestSchema)),
  ]);
  return { plan, apply, rollback, request, rollingBack: keys.has(bucketKeys.log(id, path, 'rollback')) };
}

function stateOf(
  unit: DeliveryUnit,
  facts: Facts,
  states: ReadonlyMap<string, UnitStatus['state']>,
  earlier: readonly DeliveryUnit[],
  question: RollbackRequest | undefined,
): UnitStatus['state'] {
  const seen = stateFromBuilds(facts);
  if (seen !== undefined && hasEnded(seen)) return seen;
  // Once the rollback is asked about, every unit has ended: what seems to be under way has expired, or its build has died.
  if (question?.troubled.includes(unit.path)) return seen === 'waiting-for-approval' ? 'declined' : 'failed';
  return seen ?? stateBeforePlan(unit, states, earlier, question !== undefined);
}

/** Undefined before the unit's first plan. */
function stateFromBuilds({ plan, apply, rollback, request }: Facts): UnitStatus['state'] | undefined {
  if (rollback) return rollback.outcome === 'rolled-back' ? 'rolled-back' : 'rollback-failed';
  if (apply && apply.outcome !== 'stale') return endOf(apply);
  if (plan && plan.outcome !== 'planned') return endOf(plan);
  // The request follows the plan by a moment; until it is there, nobody can answer.
  const asked = request?.plan.sha256 === plan?.plan ? request : undefined;
  const answer = asked?.answer?.result.outcome;
  if (answer === 'declined' || answer === 'cancelled') return answer;
  // What is left here of an apply is that it found the plan stale.
  if (answer === 'approved' && apply?.plan !== plan?.plan) return 'applying';
  if (answer === 'approved' || answer === 'replan') return 'planning';
  return plan && (asked ? 'waiting-for-approval' : 'planning');
}

function endOf({ outcome }: RunResult): Outcome {
  return outcome === 'applied' || outcome === 'unchanged' || outcome === 'cancelled' ? outcome : 'failed';
}

function stateBeforePlan(
  unit: DeliveryUnit,
  states: ReadonlyMap<string, UnitStatus['state']>,
  earlier: readonly DeliveryUnit[],
  over: boolean,
): UnitStatus['state'] {
  const before = unit.after.map((path) => states.get(path) ?? 'waiting');
  const stages = earlier.map(({ path }) => states.get(path) ?? 'waiting');
  const ended = [...before, ...stages].every(hasEnded);
  if (ended && stages.some((state) => hasEnded(state) && !endedWell(state))) return 'cancelled';
  if (over || before.some((state) => hasEnded(state) && !endedWell(state))) return 'cancelled';
  if (!ended) return 'waiting';
  const skipped = unit.change === 'dependent' && before.length > 0 && !before.includes('applied');
  return skipped ? 'skipped' : 'planning';
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

function describe(unit: DeliveryUnit, facts: Facts, states: ReadonlyMap<string, UnitStatus['state']>): UnitStatus {
  const state = states.get(unit.path) ?? 'waiting';
  const builds = [facts.plan, facts.apply, facts.rollback].filter((build) => build !== undefined);
  return {
    path: unit.path,
    change: unit.change,
    reasons: unit.reasons,
    stage: unit.stage,
    state,
    waitsFor: state === 'waiting' ? unit.after.filter((path) => !hasEnded(states.get(path) ?? 'waiting')) : [],
    counts: facts.plan?.counts ?? null,
    plan: facts.plan?.plan ?? null,
    seconds: builds.reduce((sum, build) => sum + (Date.parse(build.endedAt) - Date.parse(build.startedAt)) / 1000, 0),
    error: builds.at(-1)?.error ?? (hasEnded(state) ? lostBuild(state, facts) : null),
  };
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
  return facts.get(path) ?? { rollingBack: false };
}
