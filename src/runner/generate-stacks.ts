/**
 * Units that `terragrunt.stack.hcl` generates are in no commit: before one is run, or one that depends on it, its stacks are
 * generated in the checkout. What is committed of them stays as it is committed.
 */
import { stacksNeeded } from '../discovery/stacks/needed.ts';
import { git } from '../repository/git.ts';
import type { Job } from './job.ts';
import { UnitTool } from './tool.ts';

/**
 * @param path where the unit lies in the checkout
 * @throws RunError when Terragrunt can't generate them
 */
export async function generateStacks(job: Job, checkout: string, path: string): Promise<void> {
  const { unit, delivery, config, environment, log, signal, stopped, grace } = job;
  if (unit.tool !== 'terragrunt') return;
  const told = new Map(delivery.units.map(({ path, dependencies }) => [path, dependencies]));
  const directories = await stacksNeeded(checkout, path, told, {
    config,
    environment,
    submodules: config.github.submodules,
  });
  if (directories.length === 0) return;
  const tool = new UnitTool({
    tool: unit.tool,
    directory: checkout,
    checkout,
    environment,
    log,
    signal,
    stopped,
    grace,
  });
  await tool.generateStacks(directories);
  await git(checkout, ['-c', 'core.hooksPath=/dev/null', 'checkout', '--quiet', '--', '.']);
}
