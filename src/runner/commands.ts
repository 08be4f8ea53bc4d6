/**
 * Planning and applying as the configuration says: with a unit's own tool, or with a shell command in its place.
 *
 * A command runs in the unit's directory after the tool's init. It finds in its environment
 *   - LIVE_CI_PLAN_FILE: where a plan is to be written, or the plan that was approved and is to be applied,
 *   - LIVE_CI_DESTROY: `true` when the plan is to destroy the unit, else `false`,
 *   - LIVE_CI_ACTION, LIVE_CI_TOOL, LIVE_CI_UNIT, LIVE_CI_ENVIRONMENT, LIVE_CI_DELIVERY, LIVE_CI_COMMIT: what is done, with what, of what.
 * What an approver sees and what is applied are always read out of the plan file, whatever a command says.
 */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Planner } from '../delivery/bucket-keys.ts';
import { RunError } from '../errors.ts';
import { settingsIn } from '../model.ts';
import { CompleteError, halfApplied, notApplied, saysApplied } from './failure.ts';
import { shownInState } from './in-state.ts';
import type { Job, Workplace } from './job.ts';
import { changesThere } from './tool.ts';

/** Writes a plan to the workplace's plan file. Resolves to what was said. */
export async function planWith(job: Job, workplace: Workplace, by: Planner, destroy: boolean): Promise<string> {
  const { commands } = settingsIn(job.delivery, job.unit);
  const name = by === 'rollback' && commands.rollback !== null ? 'rollback' : 'plan';
  const command = commands[name];
  if (command === null) return workplace.tool.plan(workplace.planFile, destroy);
  const planned = (code: number) => code === 0 || (code === changesThere && existsSync(workplace.planFile));
  const said = await workplace.tool.shell(`commands.${name}`, command, variables(job, workplace, by, destroy), planned);
  const left = await stat(workplace.planFile).catch(() => undefined);
  if (left?.isFile()) return said;
  throw new RunError(
    `commands.${name} left no plan file for ${job.unit.path}; have it write one to $LIVE_CI_PLAN_FILE, as with -out="$LIVE_CI_PLAN_FILE".`,
  );
}

/**
 * Applies the plan in the workplace's plan file, which is `json` in short.
 * @throws RunError also when neither the tool nor the state says that it took place: an exit code alone tells nothing, since a command, or
 * Terragrunt's `errors` block, may hide that it failed
 * @throws CompleteError when something failed after it, and the state shows all of it
 */
export async function applyWith(
  job: Job,
  workplace: Workplace,
  by: 'apply' | 'rollback',
  destroy: boolean,
  json: string,
): Promise<void> {
  const { tool } = workplace;
  const { commands } = settingsIn(job.delivery, job.unit);
  const name = destroy && commands.destroy !== null ? 'destroy' : 'apply';
  const command = commands[name];
  const action = by === 'apply' && destroy ? 'destroy' : by;
  const shownNow = async () => shownInState(json, await tool.showJson());
  const work =
    command === null
      ? tool.apply(workplace.planFile)
      : tool.shell(`commands.${name}`, command, variables(job, workplace, action, destroy));
  const said = await work.catch(async (error) => {
    if (!(error instanceof CompleteError)) throw error;
    if ((await shownNow().catch(() => 'some')) !== 'all') throw new RunError(error.message, { cause: error });
    throw new CompleteError(`all of the plan is applied, as the state shows; then ${error.message}`, { cause: error });
  });
  if (saysApplied(said)) return;
  const shown = await shownNow();
  if (shown === 'all') return;
  const step = command === null ? `${tool.executable} apply` : `commands.${name}`;
  throw shown === 'none' ? notApplied(step, job.log.clean(said)) : halfApplied(step);
}

function variables({ unit, delivery }: Job, { tool, planFile, commit }: Workplace, action: string, destroy: boolean) {
  return {
    LIVE_CI_ACTION: action,
    LIVE_CI_PLAN_FILE: planFile,
    LIVE_CI_DESTROY: String(destroy),
    LIVE_CI_TOOL: tool.executable,
    LIVE_CI_UNIT: unit.path,
    LIVE_CI_ENVIRONMENT: unit.environment ?? '',
    LIVE_CI_DELIVERY: delivery.id,
    LIVE_CI_COMMIT: commit,
  };
}
