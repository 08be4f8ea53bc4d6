/** Which stacks have to be generated in a checkout before a unit can be run there. */
import { posix } from 'node:path';
import { discoverUnasked } from '../discover.ts';
import { reachable } from '../graph/reachable.ts';
import { findRepository, openTree } from '../source/open.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { stackFile } from './components.ts';
import { withStacks } from './expand.ts';
import type { ExpandOptions } from './generate.ts';

export interface NeededStacks {
  /** Their directories, sorted. */
  directories: string[];
  /** True when which stacks lie below these can't be known before they are generated. */
  andBelow: boolean;
}

/**
 * The stacks that generate the unit or anything that it depends on, directly or not: Terragrunt reads all of these when it runs it.
 * @param checkout the directory of a working tree
 * @throws GitError
 */
export async function stacksNeeded(
  checkout: string,
  unit: string,
  options: Omit<ExpandOptions, 'parsed'>,
): Promise<NeededStacks> {
  const settings = { ...options, parsed: new Map() };
  const tree = withStacks(await openTree(await findRepository(checkout), undefined), settings);
  const { stacks } = tree;
  if (stacks === undefined) return { directories: [], andBelow: false };
  const units = discoverUnasked(tree, { ...settings, past: true });
  if (!units.has(unit)) return { directories: committedStackAbove(tree, unit), andBelow: true };
  const edges = new Map([...units].map(([path, one]) => [path, one.unit.dependencies]));
  const needed = [unit, ...reachable(edges, [unit])].flatMap((path) => stacks.generatedBy.get(path) ?? []);
  return { directories: [...new Set(needed)].sort(), andBelow: false };
}

/** For a unit that only Terragrunt can say to be there. */
function committedStackAbove(tree: SourceTree, unit: string): string[] {
  for (let directory = posix.dirname(unit); ; directory = posix.dirname(directory)) {
    if (tree.has(posix.join(directory, stackFile))) return [directory];
    if (directory === '.') return [];
  }
}
