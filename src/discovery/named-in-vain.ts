/** Looks in a working tree for what the configuration names. */
import type { Mistake } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import type { NamingSettings } from './configured.ts';
import { discoverUnasked } from './discover.ts';
import { environmentOfPlans } from './environment.ts';
import { findRepository, openTree } from './source/open.ts';
import { withStacks } from './stacks/expand.ts';

/** The settings in which something is named that may not be there. */
export const namingSettings = [
  'stages',
  'extraDependencies',
  'ignoredDependencies',
  'extraReads',
  'units',
  'environments',
] as const satisfies readonly (keyof NamingSettings)[];

/**
 * Names in the configuration that nothing in the repository around `directory` has. Terragrunt is not asked.
 * @throws GitError outside of a repository, UsageError without a working tree
 */
export async function namedInVain(directory: string, config: Config): Promise<Mistake[]> {
  const tree = await openTree(await findRepository(directory), undefined, config.github.submodules);
  const settings = { config, environment: environmentOfPlans(config, process.env), parsed: new Map() };
  const found: Mistake[] = [];
  discoverUnasked(withStacks(tree, settings), { ...settings, namesNothing: (mistake) => found.push(mistake) });
  return found;
}
