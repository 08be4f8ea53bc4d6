/** From the directories that a unit depends on to the units that are meant. */
import { posix } from 'node:path';
import { DiscoveryError } from '../errors.ts';
import type { EvaluatedUnit, Link } from './evaluate-unit.ts';
import type { SourceTree } from './source/source-tree.ts';
import { stackFile } from './terragrunt/stack.ts';

/** Where it is said that a unit depends on another, by the other's path. */
export type Dependencies = Map<string, string>;

/** @throws DiscoveryError when there is no such unit */
export function resolveLinks(tree: SourceTree, unit: EvaluatedUnit, units: ReadonlySet<string>): Dependencies {
  const found: Dependencies = new Map();
  for (const link of unit.links)
    for (const path of resolveLink(tree, unit.path, link, units)) if (!found.has(path)) found.set(path, link.place);
  return found;
}

function resolveLink(tree: SourceTree, unit: string, { target, place }: Link, units: ReadonlySet<string>): string[] {
  if (units.has(target)) return [target];
  // A stack stands for all units that were generated from it.
  if (tree.has(posix.join(target, stackFile))) {
    const generated = [...units].filter((path) => path !== unit && isWithin(path, target));
    if (generated.length > 0) return generated;
  }
  const missing = tree.hasDirectory(target) ? 'where there is no terragrunt.hcl' : 'which does not exist';
  throw new DiscoveryError(
    `${place}: ${unit} depends on ${target}, ${missing}; correct the path or remove the dependency.`,
  );
}

/** True for the directory itself, too. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`);
}
