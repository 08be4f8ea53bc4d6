/**
 * What each action does with a unit.
 *
 * - plan: the head commit's code; for a deleted unit, the code that is still applied, to be destroyed.
 * - apply, destroy: the very plan that was approved, in a checkout of the commit that it was made of. Never a new one.
 * - plan-rollback: the code that was applied before; a unit that is new, to be destroyed with the head commit's code.
 * - rollback: that plan, as an apply does it.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { bucketKeys, type Planner } from '../delivery/bucket-keys.ts';
import { appliedCommit, deliveredCommit, rollbackCommit } from '../delivery/unit-commit.ts';
import { applying } from '../delivery/unit-facts.ts';
import { messageOf, RunError } from '../errors.ts';
import { noEffects, type RunResult, runResultSchema, settingsIn } from '../model.ts';
import { planName, readBeside } from './beside-plan.ts';
import { applyWith } from './commands.ts';
import { CompleteError, RefusedError, StaleError } from './failure.ts';
import { type Job, makePlan, type PlanFacts, type StoredPlan, type Workplace, warningsOf, withUnitAt } from './job.ts';
import { readPlan } from './plan-json.ts';
import { movedBack, whyItAsks } from './rollback-question.ts';
import { heldBefore } from './state-before.ts';

/** The part of a result that an action finds out. */
export type Finding = Pick<RunResult, 'outcome'> & PlanFacts & Partial<Pick<RunResult, 'asks' | 'heldBefore'>>;

export const nothing = {
  plan: null,
  content: null,
  counts: noEffects,
  destroys: [],
  outputsChanged: [],
  warnings: [],
  existed: false,
} satisfies PlanFacts;

export async function plan(job: Job): Promise<Finding> {
  const { unit, delivery } = job;
  return withUnitAt(job, deliveredCommit(unit, delivery), async (workplace) => {
    const planned = await makePlan(job, workplace, 'plan', unit.deleted);
    if (planned.empty) return { outcome: 'unchanged', ...findings(planned) };
    const held = await heldBefore(job, workplace);
    return { outcome: 'planned', ...findings(planned), ...(held === undefined ? {} : { heldBefore: held }) };
  });
}

/** @param approved SHA-256 of the plan that was approved */
export async function apply(job: Job, approved: string): Promise<Finding> {
  const { unit, delivery } = job;
  const of = { commit: deliveredCommit(unit, delivery), by: 'plan', done: 'applied', destroy: unit.deleted } as const;
  return applyStored(job, approved, of);
}

export async function planRollback(job: Job): Promise<Finding> {
  const { unit, delivery, bucket } = job;
  const isNew = appliedCommit(unit, delivery) === null;
  if (isNew) await refuseIfItExisted(job);
  const applied = await readAppliedPlan(job);
  const plan = async (workplace: Workplace): Promise<Finding> => {
    const planned = await planUndoingMoves(job, workplace, isNew, applied);
    if (planned.empty) return { outcome: 'unchanged', ...findings(planned) };
    const back = await readText(bucket, bucketKeys.planJson(delivery.id, unit.path, planned.plan, 'rollback'));
    const { rollback: rule } = settingsIn(delivery, unit);
    const asks = whyItAsks({ rule, isNew, movedFrom: unit.movedFrom, applied, back: back ?? '' });
    return { outcome: 'planned', ...findings(planned), asks };
  };
  return withUnitAt(job, rollbackCommit(unit, delivery), plan);
}

/** With what this delivery moved moved back, where the code before lets that be: its resources stay then. */
async function planUndoingMoves(job: Job, workplace: Workplace, isNew: boolean, applied: string | undefined) {
  const moves = isNew ? '' : movedBack(applied);
  if (moves === '') return makePlan(job, workplace, 'rollback', isNew);
  const file = join(await workplace.tool.workingDirectory(), 'live-ci-moved-back.tf');
  await writeFile(file, moves);
  try {
    return await makePlan(job, workplace, 'rollback', isNew);
  } catch (error) {
    job.log.note(`planned once more, without moving back what ${job.delivery.id} moved: ${messageOf(error)}`);
    await rm(file);
    return makePlan(job, workplace, 'rollback', isNew);
  }
}

/**
 * @param planned SHA-256 of the rollback's plan: approved, or one that goes on by itself. An execution of `build` that an older version
 * began has none: there a rollback was planned and applied in one go.
 */
export async function rollback(job: Job, planned: string | undefined): Promise<Finding> {
  const { unit, delivery } = job;
  if (planned === undefined)
    throw new RunError(
      `${unit.path} was not rolled back, and nothing of it was changed: live-ci was upgraded while ${delivery.id} ran, and its rollback has no plan that anybody could have approved; run live-ci replay, which plans what is open again and asks, or live-ci skip, which leaves it as it is.`,
    );
  const destroy = appliedCommit(unit, delivery) === null;
  const of = { commit: rollbackCommit(unit, delivery), by: 'rollback', done: 'rolled-back', destroy } as const;
  return applyStored(job, planned, of);
}

interface Stored {
  /** The commit that the plan was made of. */
  commit: string;
  by: Planner;
  done: 'applied' | 'rolled-back';
  destroy: boolean;
}

/** Applies a plan that lies in the bucket, that very one. */
async function applyStored(job: Job, name: string, { commit, by, done, destroy }: Stored): Promise<Finding> {
  const { unit, delivery, bucket } = job;
  const file = await bucket.read(bucketKeys.planFile(delivery.id, unit.path, name, by));
  const json = await bucket.read(bucketKeys.planJson(delivery.id, unit.path, name, by));
  if (!file || !json) {
    throw new RunError(
      `the plan ${name} of ${unit.path} is not in the artifact bucket (any more); ask for a new plan (replan).`,
    );
  }
  const beside = await bucket.read(bucketKeys.besidePlan(delivery.id, unit.path, name, by));
  if (planName(file.body, beside?.body) !== name) {
    throw new RunError(
      `the plan of ${unit.path} in the artifact bucket is not the one that was approved (its SHA-256 differs); find out who wrote it, then ask for a new plan (replan).`,
    );
  }
  const text = json.body.toString('utf8');
  const changes = readPlan(text);
  const planned = { plan: name, ...changes, warnings: warningsOf(changes, '', job.log) };
  const work = async (workplace: Workplace) => {
    await writeFile(workplace.planFile, file.body, { mode: 0o600 });
    await applyPlan(job, planned, () => applyWith(job, workplace, by === 'plan' ? 'apply' : by, destroy, text));
    return { outcome: done, ...findings(planned) };
  };
  try {
    return await withUnitAt(job, commit, work, { beside: readBeside(beside?.body) });
  } catch (error) {
    if (!(error instanceof StaleError)) throw error;
    // Not a failure: the unit is planned, and asks, again.
    job.log.note(`this plan can't be applied any more, and nothing of it was: ${error.message}`);
    return { outcome: 'stale', ...findings(planned) };
  }
}

/** JSON of the plan that this delivery applied, or began to; nothing is applied after a plan that was not. */
async function readAppliedPlan({ bucket, delivery, unit }: Job): Promise<string | undefined> {
  const applied = await readStored(bucket, bucketKeys.result(delivery.id, unit.path, applying(unit)), runResultSchema);
  const planned = await readStored(bucket, bucketKeys.result(delivery.id, unit.path, 'plan'), runResultSchema);
  const plan = applied?.value.plan ?? planned?.value.plan;
  return plan ? readText(bucket, bucketKeys.planJson(delivery.id, unit.path, plan)) : undefined;
}

async function readText(bucket: Bucket, key: string): Promise<string | undefined> {
  return (await bucket.read(key))?.body.toString('utf8');
}

/** Destroying a unit whose state was there before the first delivery of it would destroy what somebody else applied. */
async function refuseIfItExisted({ bucket, delivery, unit }: Job): Promise<void> {
  if (unit.ours) return;
  const planned = await readStored(bucket, bucketKeys.result(delivery.id, unit.path, 'plan'), runResultSchema);
  if (!planned) {
    throw new RunError(`${unit.path} was never planned by ${delivery.id}, so there is nothing to roll back.`);
  }
  if (!planned.value.existed) return;
  if (unit.stateBefore !== undefined)
    throw new RunError(
      `${unit.path} was not rolled back: its state is another one than that of the code before (${unit.stateBefore}), and it held resources before this delivery, which a rollback would destroy; bring the state back to its old place by hand, then the code.`,
    );
  throw new RunError(
    `${unit.path} was not rolled back: its state held resources before this delivery, but no commit is recorded for them, and destroying them is not a rollback; record what is applied with \`live-ci baseline\`, then roll back by hand.`,
  );
}

/** From here on the unit may be half applied, unless the tool refuses right away. */
async function applyPlan(job: Job, planned: StoredPlan, work: () => Promise<void>): Promise<void> {
  job.begun = findings(planned);
  try {
    await work();
  } catch (error) {
    if (error instanceof RefusedError) job.begun = undefined;
    if (error instanceof CompleteError) job.begun = { ...findings(planned), complete: true };
    throw error;
  }
}

function findings({ plan: name, content, counts, destroys, outputsChanged, warnings, existed }: StoredPlan): PlanFacts {
  return { plan: name, content, counts, destroys, outputsChanged, warnings, existed };
}
