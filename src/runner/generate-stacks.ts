/**
 * Units that `terragrunt.stack.hcl` generates are in no commit: before one is run, or one that depends on it, its stacks are
 * generated in the checkout. What is committed of them stays as it is committed.
 */
import { stacksNeeded } from '../discovery/stacks/needed.ts';
import { git } from '../repository/git.ts';
import { toolEnvironment } from './environment.ts';
import type { Job } from './job.ts';
import { UnitTool } from './tool.ts';

/** @throws RunError when Terragrunt can't generate them */
export async function generateStacks(job: Job, checkout: string): Promise<void> {
  const { unit, config, log, signal, stopped, grace } = job;
  if (unit.tool !== 'terragrunt') return;
  const environment = toolEnvironment(job.environment);
  const { directories, andBelow } = await stacksNeeded(checkout, unit.path, { config, environment });
  if (directories.length === 0) return;
  const patterns = directories.flatMap((directory) => (andBelow ? [directory, `${directory}/**`] : [directory]));
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
  await tool.generateStacks(patterns);
  await git(checkout, ['-c', 'core.hooksPath=/dev/null', 'checkout', '--quiet', '--', '.']);
}
