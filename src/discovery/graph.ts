/** The dependency graph of a repository. */
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { Unit } from '../model.ts';
import { discover } from './discover.ts';
import { findCycle } from './graph/find-cycle.ts';
import { commitOf } from './source/commit.ts';
import { findRepository, openTree } from './source/open.ts';
import { withStacks } from './stacks/expand.ts';

export interface GraphOptions {
  /** Any revision; undefined is the working tree, with untracked files that are not ignored. */
  commit?: string | undefined;
  config: Config;
  environment?: NodeJS.ProcessEnv;
}

/**
 * The units of the repository that holds `directory`, sorted by path; when that is a sub-directory, those below it. A unit's
 * `dependencies` are sorted and may lie outside of a sub-directory.
 * @throws DiscoveryError for a cycle, a dependency that isn't there, HCL that does not parse or can't be evaluated
 * @throws GitError outside of a repository, or when there is no such commit
 */
export async function discoverGraph(directory: string, options: GraphOptions): Promise<Unit[]> {
  const repository = await findRepository(directory);
  const commit = options.commit === undefined ? undefined : await commitOf(repository.directory, options.commit);
  const { config, environment = process.env } = options;
  const settings = { config, environment, cache: new Map() };
  const tree = withStacks(await openTree(repository, commit), settings);
  const discovered = discover(tree, { ...settings, within: repository.prefix });
  return acyclic([...discovered.values()].map(({ unit }) => unit));
}

/** @throws DiscoveryError that shows the cycle, when there is one */
export function acyclic(units: Unit[]): Unit[] {
  const cycle = findCycle(new Map(units.map((unit) => [unit.path, unit.dependencies])));
  if (cycle === undefined) return units;
  throw new DiscoveryError(
    `The units depend on each other in a circle: ${cycle.join(' → ')}; remove one of these dependencies.`,
  );
}
