/** From the directories that a unit depends on to the units that are meant. */
import { DiscoveryError } from '../errors.ts';
import type { EvaluatedUnit, Link } from './evaluate-unit.ts';
import type { SourceTree } from './source/source-tree.ts';

/** Where it is said that a unit depends on another, by the other's path. */
export type Dependencies = Map<string, string>;

export interface Resolved {
  because: Dependencies;
  /** Directories where there is no unit, in the same way: a problem of the unit. */
  missing: Dependencies;
  problem: DiscoveryError | undefined;
}

export function resolveLinks(
  tree: SourceTree,
  unit: Pick<EvaluatedUnit, 'path' | 'problem'>,
  links: readonly Link[],
  units: ReadonlySet<string>,
): Resolved {
  const because: Dependencies = new Map();
  const missing: Dependencies = new Map();
  let { problem } = unit;
  for (const link of links) {
    const targets = resolveLink(tree, unit.path, link, units);
    if (targets instanceof DiscoveryError) {
      problem ??= targets;
      missing.set(link.target, link.place);
    } else for (const path of targets) if (!because.has(path)) because.set(path, link.place);
  }
  return { because, missing, problem };
}

function resolveLink(
  tree: SourceTree,
  unit: string,
  { target, place }: Link,
  units: ReadonlySet<string>,
): string[] | DiscoveryError {
  if (units.has(target)) return [target];
  // A stack stands for all units that are generated from it.
  const known = tree.stacks?.units.get(target) ?? [];
  const unknown =
    tree.stacks?.problems.map(({ directory }) => directory).filter((path) => isWithin(path, target)) ?? [];
  const generated = [...new Set([...known, ...unknown])].filter((path) => path !== unit && units.has(path));
  if (generated.length > 0) return generated;
  const missing = tree.hasDirectory(target) ? 'where there is no terragrunt.hcl' : 'which does not exist';
  return new DiscoveryError(
    `${place}: ${unit} depends on ${target}, ${missing}; correct the path or remove the dependency.`,
  );
}

/** True for the directory itself, too. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`);
}
