/** What the builds and the approvers of a unit left in the bucket, and how it ended by that. */
import type { z } from 'zod';
import { type UnitRequest, unitRequestSchema } from '../approval/request.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { type DeliveryUnit, type RunResult, runResultSchema } from '../model.ts';
import type { Ending } from './applied.ts';
import { bucketKeys, type Planner } from './bucket-keys.ts';

/** Each the newest of its kind. */
export interface UnitFacts {
  plan?: RunResult | undefined;
  /** Of a deleted unit, its destroy. */
  apply?: RunResult | undefined;
  request?: UnitRequest | undefined;
  /** Why it can't be understood: nothing of it was ever built. */
  error?: string | undefined;
}

/** The same of a unit's rollback, each the newest of its kind. */
export interface RollbackFacts {
  plan?: RunResult | undefined;
  rollback?: RunResult | undefined;
  /** For the plan, where that asks. */
  request?: UnitRequest | undefined;
}

/** Reads documents of one delivery; undefined where there is none. */
export type Read = <T>(key: string, schema: z.ZodType<T>) => Promise<T | undefined>;

export function readFrom(bucket: Bucket): Read {
  return async (key, schema) => (await readStored(bucket, key, schema))?.value;
}

/** Reads like `readFrom`, and asks for nothing that isn't there: for looking at all units of a delivery. */
export async function readListed(bucket: Bucket, id: string): Promise<{ read: Read; has: (key: string) => boolean }> {
  const keys = await keysBelow(bucketKeys.folders(id), bucket);
  const has = (key: string) => keys.has(key);
  const read = readFrom(bucket);
  return { has, read: async (key, schema) => (has(key) ? read(key, schema) : undefined) };
}

export async function keysBelow(folders: string[], bucket: Bucket): Promise<Set<string>> {
  return new Set((await Promise.all(folders.map((folder) => bucket.list(folder)))).flat());
}

export const applying = (unit: DeliveryUnit): 'apply' | 'destroy' => (unit.deleted ? 'destroy' : 'apply');

export async function factsOf(id: string, unit: DeliveryUnit, read: Read): Promise<UnitFacts> {
  const result = (action: string) => read(bucketKeys.result(id, unit.path, action), runResultSchema);
  if (unit.error !== undefined) return { error: unit.error };
  const [plan, apply, request] = await Promise.all([
    result('plan'),
    result(applying(unit)),
    read(bucketKeys.request(id, unit.path), unitRequestSchema),
  ]);
  return { plan, apply, request };
}

export async function rollbackFactsOf(id: string, unit: DeliveryUnit, read: Read): Promise<RollbackFacts> {
  const result = (action: string) => read(bucketKeys.result(id, unit.path, action), runResultSchema);
  const [plan, rollback, request] = await Promise.all([
    result('plan-rollback'),
    result('rollback'),
    read(bucketKeys.request(id, unit.path, 'rollback'), unitRequestSchema),
  ]);
  return { plan, rollback, request };
}

/** The request for the newest plan: an older plan's tells nothing any more. */
export function askedFor({ plan, request }: Pick<UnitFacts, 'plan' | 'request'>): UnitRequest | undefined {
  return request !== undefined && request.plan.sha256 === plan?.plan ? request : undefined;
}

/** The plan that matters by now, and the request of its kind: of a rollback, once that has one that was not declined. */
export function newestPlan(
  { plan, request }: UnitFacts,
  back: RollbackFacts,
): Pick<UnitFacts, 'plan' | 'request'> & { about: Planner } {
  if (back.plan?.outcome !== 'planned' || toldRollback(back, false) === 'kept') return { plan, request, about: 'plan' };
  return { plan: back.plan, request: back.request, about: 'rollback' };
}

/**
 * How a unit's delivery ended, before any rollback, as far as builds and approvers tell.
 * @param begun whether an apply of it ever left a log.
 * @returns undefined when nothing tells: it waits, or what it did left no trace.
 */
export function toldEnding(facts: UnitFacts, begun: boolean): Ending | undefined {
  const { plan, apply, error } = facts;
  if (error !== undefined) return { outcome: 'failed', half: false };
  if (apply?.outcome === 'applied') return { outcome: 'applied', half: false, durations: apply.durations };
  if (apply?.outcome === 'failed') {
    const { plan: begun, complete } = apply;
    return { outcome: 'failed', half: begun !== null && !complete, complete };
  }
  if (apply?.outcome === 'cancelled') return { outcome: 'cancelled', half: false };
  if (plan?.outcome === 'unchanged') return { outcome: 'unchanged', half: false, durations: plan.durations };
  if (plan?.outcome === 'failed' || plan?.outcome === 'cancelled') return { outcome: plan.outcome, half: false };
  const asked = askedFor(facts);
  const answer = asked?.answer?.result.outcome;
  if (answer === 'declined' || answer === 'cancelled') return { outcome: answer, half: false };
  if (asked !== undefined && answer !== 'approved') return undefined;
  // A stale plan's result tells nothing of the apply of the plan that was made after it.
  const told = apply !== undefined && apply.plan === plan?.plan;
  return !told && begun ? { outcome: 'failed', half: true } : undefined;
}

/**
 * The same of a unit that is over: what left no trace has failed, and a request that nobody answered has expired. An apply that never
 * began, since its build was refused for good, say, has changed nothing, whatever the form of the pipeline.
 */
export function endingOf(facts: UnitFacts, begun: boolean): Ending {
  const told = toldEnding(facts, begun);
  if (told) return told;
  if (askedFor(facts)?.answer === null) return { outcome: 'declined', half: false, reason: 'expired' };
  return { outcome: 'failed', half: false };
}

/**
 * What became of a unit's rollback, as far as builds and approvers tell. `kept`: its plan was not approved, so the unit stays as it was.
 * @param begun whether an apply of its plan ever left a log.
 * @returns undefined when nothing tells.
 */
export function toldRollback(
  facts: RollbackFacts,
  begun: boolean,
): 'rolled-back' | 'rollback-failed' | 'kept' | undefined {
  const { plan, rollback } = facts;
  if (rollback?.outcome === 'rolled-back') return 'rolled-back';
  if (rollback?.outcome === 'failed') return 'rollback-failed';
  if (plan?.outcome === 'unchanged') return 'rolled-back';
  if (plan?.outcome === 'failed') return 'rollback-failed';
  const asked = askedFor(facts);
  const answer = asked?.answer?.result.outcome;
  if (answer === 'declined') return 'kept';
  const goesOn = asked === undefined ? !plan?.asks?.length : answer === 'approved';
  // A stale plan's result tells nothing of the plan that was made after it.
  const told = rollback !== undefined && rollback.plan === plan?.plan;
  return goesOn && begun && !told ? 'rollback-failed' : undefined;
}

/** Whether a rollback that failed has brought its unit back nevertheless. */
export function isBackNevertheless({ rollback }: Pick<RollbackFacts, 'rollback'>): true | undefined {
  return rollback?.outcome === 'failed' ? rollback.complete : undefined;
}

/**
 * An ending with whether the state held anything before. Asked only where it matters: what an apply or a rollback that failed has
 * left, of a unit of which no commit is recorded.
 */
export async function withExisted(
  unit: DeliveryUnit,
  ending: Ending,
  plan: () => Promise<RunResult | undefined>,
): Promise<Ending> {
  if (unit.base !== null || !(ending.half || ending.complete || ending.outcome === 'rollback-failed')) return ending;
  return { ...ending, existed: (await plan())?.existed };
}

/** Reads the unit's newest plan. */
export function planOf(id: string, unit: DeliveryUnit, read: Read): Promise<RunResult | undefined> {
  return read(bucketKeys.result(id, unit.path, 'plan'), runResultSchema);
}
