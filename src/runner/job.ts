/** One run for one unit: what its steps share. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bucket } from '../aws/bucket.ts';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { bucketKeys, type Planner } from '../delivery/bucket-keys.ts';
import { directoryAt } from '../delivery/unit-commit.ts';
import { RunError } from '../errors.ts';
import type { Delivery, DeliveryUnit, RunResult } from '../model.ts';
import type { Checkouts } from '../repository/checkout.ts';
import { type LastingState, requireLastingState } from './backend.ts';
import { type FilesBeside, filesBeside, planName, putBackAfterInit, putBackBeforeInit } from './beside-plan.ts';
import { planWith } from './commands.ts';
import { warningsIn } from './diagnostics.ts';
import { generateStacks } from './generate-stacks.ts';
import type { RunLog } from './log.ts';
import { dependenciesWithMocks, probeConfiguration, refuseMocks } from './mocks.ts';
import { type PlannedChanges, readPlan } from './plan-json.ts';
import { UnitTool } from './tool.ts';

export interface Job {
  delivery: Delivery;
  unit: DeliveryUnit;
  bucket: Bucket;
  checkouts: Checkouts;
  /** Of the tools. */
  environment: NodeJS.ProcessEnv;
  config: DiscoverySettings & Pick<Config, 'github'>;
  log: RunLog;
  /** Aborts when the time is over or somebody gave up. */
  signal: AbortSignal;
  stopped: () => string;
  grace?: number | undefined;
  /** The plan whose apply began, and which may be half done when the run fails. */
  begun?: (PlanFacts & Pick<RunResult, 'complete'>) | undefined;
}

export type PlanFacts = Pick<
  RunResult,
  'plan' | 'content' | 'counts' | 'destroys' | 'outputsChanged' | 'warnings' | 'existed'
>;

/** An initialized unit in a checkout of a commit. */
export interface Workplace {
  tool: UnitTool;
  checkout: string;
  commit: string;
  /** Of the unit in the checkout. */
  path: string;
  /** An absolute path outside of the checkout, free for a plan file. */
  planFile: string;
}

/**
 * Checks `commit` out, initializes the unit there and does `work`; nothing of it is left afterwards.
 * @param beside what a plan that is to be applied was made with
 */
export async function withUnitAt<Value>(
  job: Job,
  commit: string,
  work: (workplace: Workplace) => Promise<Value>,
  { beside }: { beside?: FilesBeside | undefined } = {},
): Promise<Value> {
  const { unit, delivery, log } = job;
  log.note(`checking out ${commit}`);
  await using checkout = await job.checkouts.at(commit, `${delivery.repository} ${unit.path}`);
  const path = directoryAt(commit, unit, delivery);
  await generateStacks(job, checkout.directory, path);
  const directory = join(checkout.directory, path);
  if (!(await isDirectory(directory))) {
    throw new RunError(`${path} is not a directory at commit ${commit}; check the unit's history with git log.`);
  }
  const tool = new UnitTool({
    tool: unit.tool,
    directory,
    checkout: checkout.directory,
    environment: job.environment,
    log,
    signal: job.signal,
    stopped: job.stopped,
    grace: job.grace,
    // When this process is killed, what it started may go on there.
    started: (pid) => checkout.usedBy(-pid),
  });
  if (beside) await putBackBeforeInit(beside, checkout.directory);
  await tool.init({ upgrades: beside === undefined });
  if (beside && beside.files.length > 0) {
    await putBackAfterInit(beside, { checkout: checkout.directory, working: await tool.workingDirectory() });
  }
  return await work({ tool, checkout: checkout.directory, commit, path, planFile: checkout.file('unit.tfplan') });
}

/** Where the unit's tool was initialized, and what it is given there. */
export async function surroundings(
  { unit, environment }: Job,
  { tool }: Workplace,
): Promise<Omit<LastingState, 'unit' | 'checkout'>> {
  const working = await tool.workingDirectory();
  return { working, environment, rendered: unit.tool === 'terragrunt' ? await tool.render() : undefined };
}

export interface StoredPlan extends PlannedChanges {
  /** SHA-256 of the plan file and of what lies beside it, in hex. */
  plan: string;
  /** Without secrets. */
  warnings: string[];
}

/** Plans the unit and keeps in the bucket the plan file, what it was made with, its JSON and, without secrets, its text. */
export async function makePlan(job: Job, workplace: Workplace, by: Planner, destroy: boolean): Promise<StoredPlan> {
  const { tool, planFile, checkout, path } = workplace;
  const { bucket, delivery, unit, log } = job;
  const where = await surroundings(job, workplace);
  await requireLastingState({ unit: unit.path, checkout, ...where });
  const { working, rendered } = where;
  if (rendered !== undefined) await requireRealOutputs(job, workplace, rendered);
  const said = await planWith(job, workplace, by, destroy);
  const [json, text] = [await tool.showJson(planFile), await tool.showText(planFile)];
  const file = await readFile(planFile);
  const beside = await filesBeside(path, { checkout, working }, (line) => log.note(line));
  const plan = planName(file, beside);
  const planned = readPlan(json);
  const warnings = warningsOf(planned, said, log);
  if (destroy && planned.leaves)
    throw new RunError(
      `the plan of ${unit.path} does not destroy all that the unit has, and the unit is to be destroyed; have the command that made it plan with -destroy when $LIVE_CI_DESTROY is true.`,
    );
  await bucket.write(bucketKeys.planFile(delivery.id, unit.path, plan, by), file);
  if (beside) await bucket.write(bucketKeys.besidePlan(delivery.id, unit.path, plan, by), beside);
  await bucket.write(bucketKeys.planJson(delivery.id, unit.path, plan, by), json);
  await bucket.write(bucketKeys.planText(delivery.id, unit.path, plan, by), textWith(log.clean(text), warnings));
  return { plan, ...planned, warnings };
}

const mostWarnings = 20;
const mostCharacters = 500;

/** What an approver is warned of. A check that fails is told by the plan itself, with all that it says. */
export function warningsOf({ failedChecks }: PlannedChanges, said: string, log: RunLog): string[] {
  const others = warningsIn(said).filter((warning) => !warning.startsWith('Check block assertion failed'));
  const all = [...failedChecks, ...(failedChecks.length > 0 ? others : warningsIn(said))];
  return [...new Set(all)].slice(0, mostWarnings).map((warning) => {
    // Before it is cut short: a part of a secret is not known for one.
    const clean = log.clean(warning.replace(/\s+/g, ' ').trim());
    return clean.length > mostCharacters ? `${clean.slice(0, mostCharacters)}…` : clean;
  });
}

/** A plan's text as Terraform prints it while it plans; `show` leaves the warnings out. */
function textWith(text: string, warnings: readonly string[]): string {
  if (warnings.length === 0) return text;
  return `${text.trimEnd()}\n\n${warnings.map((warning) => `Warning: ${warning}\n`).join('')}`;
}

async function requireRealOutputs({ unit }: Job, { tool, checkout, path }: Workplace, rendered: string): Promise<void> {
  const directory = join(checkout, path);
  const dependencies = dependenciesWithMocks(directory, rendered);
  if (dependencies.length === 0) return;
  // In the unit's own place, where functions such as get_original_terragrunt_dir() answer as they do for the unit.
  const probe = join(directory, 'live-ci-probe.hcl');
  await writeFile(probe, probeConfiguration(dependencies));
  try {
    refuseMocks(unit.path, checkout, dependencies, await tool.render(probe));
  } finally {
    await rm(probe);
  }
}

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
