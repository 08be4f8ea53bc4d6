/** Which stacks have to be generated in a checkout before a unit can be run there. */
import { discoverUnasked } from '../discover.ts';
import { reachable } from '../graph/reachable.ts';
import { findRepository, openTree } from '../source/open.ts';
import { withStacks } from './expand.ts';
import { directoriesAbove } from './filters.ts';
import type { ExpandOptions } from './generate.ts';

/**
 * The directories of the stacks that generate the unit or anything that it depends on, directly or not: Terragrunt reads all of
 * these when it runs it.
 * @param checkout the directory of a working tree
 * @param told what units are known to depend on, where the files of the repository may not say it
 * @throws GitError
 */
export async function stacksNeeded(
  checkout: string,
  unit: string,
  told: ReadonlyMap<string, readonly string[]>,
  options: Omit<ExpandOptions, 'parsed'> & { submodules: boolean },
): Promise<string[]> {
  const settings = { ...options, parsed: new Map() };
  const tree = withStacks(await openTree(await findRepository(checkout), undefined, options.submodules), settings);
  const { stacks } = tree;
  if (stacks === undefined) return [];
  const units = discoverUnasked(tree, { ...settings, past: true });
  // One that only Terragrunt can say to be there.
  if (!units.has(unit)) return directoriesAbove(unit);
  const edges = new Map([...units].map(([path, one]) => [path, [...one.unit.dependencies, ...(told.get(path) ?? [])]]));
  const needed = [unit, ...reachable(edges, [unit])].flatMap((path) => stacks.generatedBy.get(path) ?? []);
  return [...new Set(needed)].sort();
}
