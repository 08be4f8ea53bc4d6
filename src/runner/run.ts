/**
 * `live-ci run plan|apply|destroy|plan-rollback|rollback`: what a build does for one unit, from the delivery's description to a stored result.
 *
 * Of a cancelled delivery no plan, apply or destroy begins: its result is `cancelled`. One that has begun comes to its end. Nothing is applied for a
 * delivery that does not run any more: a build may have waited for its turn until nobody waited for the build.
 */
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, toJson } from '../aws/stored.ts';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { deliveredCommit, rollbackCommit } from '../delivery/unit-commit.ts';
import { DeliveryError, messageOf, UsageError } from '../errors.ts';
import {
  type Delivery,
  type DeliveryUnit,
  type Durations,
  deliverySchema,
  type RunResult,
  runResultSchema,
  settingsIn,
  unknownDurations,
} from '../model.ts';
import { planInShort } from '../plan-in-short.ts';
import { redactionOf } from '../redaction/redaction-of.ts';
import type { Checkouts } from '../repository/checkout.ts';
import { worldOf } from '../selftest/world.ts';
import { apply, type Finding, nothing, plan, planRollback, rollback } from './actions.ts';
import { type AssumeRole, assumeForTool, sessionName } from './assumed-role.ts';
import { toolEnvironment } from './environment.ts';
import { diskFull } from './failure.ts';
import type { Job } from './job.ts';
import { RunLog } from './log.ts';
import { applyGrace } from './process.ts';

export type RunAction = RunResult['action'];

export interface RunRequest {
  delivery: string;
  unit: string;
  /** SHA-256 of the plan to apply; what applies one needs it. */
  plan?: string | undefined;
}

export interface RunContext {
  bucket: Bucket;
  checkouts: Checkouts;
  /** The tools are looked for on its PATH and get it without the product's own variables. */
  environment: NodeJS.ProcessEnv;
  config: DiscoverySettings & Pick<Config, 'build' | 'github' | 'redaction'>;
  assumeRole: AssumeRole;
  /** Gets everything that is said, as it is said. */
  output: (text: string) => void;
  signal?: AbortSignal | undefined;
  now?: (() => Date) | undefined;
  /** Milliseconds between asking a tool to end and killing it. */
  grace?: number | undefined;
}

/**
 * Does `action` for a unit of a delivery. The log is stored before the result, the result last. What goes wrong with the
 * unit is a result with the outcome `failed`; one that names a plan failed while that was being applied, so the unit may be
 * half applied, and one that names none changed nothing.
 * @throws UsageError for a unit that the delivery does not have, or an apply or destroy without a plan
 * @throws DeliveryError when there is no such delivery, or something is to be applied and it is not the one that runs
 */
export async function run(action: RunAction, request: RunRequest, context: RunContext): Promise<RunResult> {
  const now = context.now ?? (() => new Date());
  const delivery = await readExpected(context.bucket, bucketKeys.delivery(request.delivery), deliverySchema);
  const unit = delivery.units.find(({ path }) => path === request.unit);
  if (!unit) {
    throw new UsageError(`${request.unit} is not a unit of delivery ${delivery.id}; name one of those in its graph.`);
  }
  const approved = request.plan;
  if (applies(action) && action !== 'rollback' && approved === undefined) {
    throw new UsageError(`${action} needs the plan's SHA-256; give it with --plan.`);
  }
  const done = await alreadyApplied(action, request, context.bucket);
  if (done) {
    context.output(`[live-ci] ${unit.path} was applied with this plan before, at ${done.endedAt}.\n`);
    return done;
  }

  if (applies(action)) await expectRunning(action, request, context.bucket);
  const startedAt = now();
  if (!isBack(action) && (await context.bucket.read(bucketKeys.cancelled(delivery.id)))) {
    return leaveUndone(action, unit, delivery, startedAt, context);
  }
  const log = new RunLog(context.output, redactionOf(context.config, context.environment));
  const environment = toolEnvironment(context.environment, context.config.github);
  const job: Job = {
    ...context,
    environment,
    delivery,
    unit: withItsTool(unit, action),
    log,
    ...deadline(action, delivery, context),
    grace: context.grace ?? (applies(action) ? applyGrace : undefined),
  };
  const perform: Record<RunAction, () => Promise<Finding>> = {
    plan: () => plan(job),
    apply: () => apply(job, approved ?? ''),
    destroy: () => apply(job, approved ?? ''),
    'plan-rollback': () => planRollback(job),
    rollback: () => rollback(job, approved),
  };
  log.note(`${action} ${unit.path} for delivery ${delivery.id}`);
  // A log without a result tells that a build began and was cut off: what it applied may be half done.
  await context.bucket.write(bucketKeys.log(delivery.id, unit.path, action), log.text);
  const attempt = await underItsRole(action, job, context.assumeRole, perform[action]).then(
    (finding) => ({ finding, error: null }),
    (error) => ({
      finding: { outcome: 'failed', ...(job.begun ?? nothing) } satisfies Finding,
      error: log.clean(diskFull(action, messageOf(error)) ?? messageOf(error)),
    }),
  );
  const endedAt = now();
  const { asks }: Finding = attempt.finding;
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  const result: RunResult = {
    action,
    unit: unit.path,
    ...attempt.finding,
    destroys: attempt.finding.destroys.map((one) => ({ ...one, address: log.clean(one.address) })),
    ...(asks ? { asks: asks.map((reason) => log.clean(reason)) } : {}),
    commit: isBack(action) ? rollbackCommit(unit, delivery) : deliveredCommit(unit, delivery),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    durations: await durationsOf(attempt.finding.outcome, seconds, request, context.bucket),
    error: attempt.error,
  };
  log.note(summary(result));
  await context.bucket.write(bucketKeys.log(delivery.id, unit.path, action), log.text);
  await context.bucket.write(bucketKeys.result(delivery.id, unit.path, action), toJson(result));
  return result;
}

/** A rollback uses the tool of the code that it goes back to; where the state is another one now, that is the code that is delivered. */
function withItsTool(unit: DeliveryUnit, action: RunAction): DeliveryUnit {
  return isBack(action) && unit.stateBefore === undefined ? { ...unit, tool: unit.toolBefore ?? unit.tool } : unit;
}

/** Whether an action goes back to the code that was applied before. Of a cancelled delivery, too. */
function isBack(action: RunAction): boolean {
  return action === 'plan-rollback' || action === 'rollback';
}

function applies(action: RunAction): boolean {
  return action !== 'plan' && action !== 'plan-rollback';
}

/** Does `work` with the role in the tool's environment that the unit's environment has for it, if any. */
async function underItsRole<Value>(action: RunAction, job: Job, assume: AssumeRole, work: () => Promise<Value>) {
  const { planRoleArn, applyRoleArn } = settingsIn(job.delivery, job.unit);
  const arn = action === 'plan' ? planRoleArn : applyRoleArn;
  if (arn === null) return work();
  job.log.note(`assuming ${arn}`);
  await using role = await assumeForTool(arn, sessionName(job.delivery.id, job.unit.path), assume);
  // A self test keeps its states in the artifact bucket, where that role need not reach.
  if (worldOf(job.delivery.id) === undefined) job.environment = role.environmentFrom(job.environment);
  return await work();
}

/** Leaves nothing in the bucket: what the unit came to was told when the delivery ended. */
async function expectRunning(action: RunAction, { delivery, unit }: RunRequest, bucket: Bucket): Promise<void> {
  const { running } = (await readPointer(bucket)).value;
  if (running?.delivery === delivery) return;
  throw new DeliveryError(
    `${action} of ${unit} does not begin: ${delivery} does not run any more, and ${running ? `${running.delivery} does` : 'nothing does'}. This build began too late; live-ci status shows what is open.`,
  );
}

/** What a build leaves that did not begin. No log, since a log tells that something was done. */
async function leaveUndone(
  action: RunAction,
  unit: DeliveryUnit,
  delivery: Delivery,
  at: Date,
  { bucket, output }: RunContext,
): Promise<RunResult> {
  const result: RunResult = {
    action,
    unit: unit.path,
    outcome: 'cancelled',
    ...nothing,
    commit: deliveredCommit(unit, delivery),
    startedAt: at.toISOString(),
    endedAt: at.toISOString(),
    durations: unknownDurations,
    error: null,
  };
  output(`[live-ci] ${action} ${unit.path} does not begin, because ${delivery.id} was cancelled.\n`);
  await bucket.write(bucketKeys.result(delivery.id, unit.path, action), toJson(result));
  return result;
}

/** A build that was started twice for the same plan: the second would only find the plan stale. */
async function alreadyApplied(action: RunAction, request: RunRequest, bucket: Bucket): Promise<RunResult | undefined> {
  if (!applies(action)) return undefined;
  const before = (await readStored(bucket, bucketKeys.result(request.delivery, request.unit, action), runResultSchema))
    ?.value;
  return (before?.outcome === 'applied' || before?.outcome === 'rolled-back') && before.plan === request.plan
    ? before
    : undefined;
}

/** What a build knows of how long its unit takes; an apply looks up what the plan took, so that its result tells all. */
async function durationsOf(
  outcome: RunResult['outcome'],
  seconds: number,
  { delivery, unit }: RunRequest,
  bucket: Bucket,
): Promise<Durations> {
  if (outcome === 'planned' || outcome === 'unchanged') return { plan: seconds, apply: null };
  if (outcome !== 'applied') return unknownDurations;
  const planned = await readStored(bucket, bucketKeys.result(delivery, unit, 'plan'), runResultSchema);
  return { plan: planned?.value.durations.plan ?? null, apply: seconds };
}

function deadline(
  action: RunAction,
  { settings: { timeouts } }: Delivery,
  { signal }: RunContext,
): Pick<Job, 'signal' | 'stopped'> {
  const minutes = action === 'plan' ? timeouts.planMinutes : timeouts.applyMinutes;
  const time = AbortSignal.timeout(minutes * 60_000);
  return {
    signal: signal ? AbortSignal.any([signal, time]) : time,
    stopped: () =>
      signal?.aborted
        ? `${action} was stopped before it ended, because its build was cancelled or out of time.`
        : `${action} was stopped after ${minutes} minutes, the most that it may take; raise timeouts.${action === 'plan' ? 'planMinutes' : 'applyMinutes'} if it needs longer.`,
  };
}

function summary(result: RunResult): string {
  const { unit, outcome, error } = result;
  return outcome === 'failed' ? `${unit}: failed. ${error}` : `${unit}: ${outcome} (${planInShort(result)})`;
}
