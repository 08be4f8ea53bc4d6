/** From a dependency as it is written to the unit, or the units, that it means. */
import { errorAt } from './hcl/file.ts';
import { Unknown } from './hcl/values.ts';
import { repositoryPath } from './repository-path.ts';
import type { SourceTree } from './source/source-tree.ts';
import type { Link } from './terragrunt/dependencies.ts';

/** @throws DiscoveryError when there is no such unit */
export function resolveLink(tree: SourceTree, unit: string, link: Link, units: ReadonlySet<string>): string[] {
  if (link.path instanceof Unknown)
    throw errorAt(
      link.file,
      link.at,
      `the path of the dependency can't be known: ${link.path.reason}. Write a path that can be computed from the files of the repository, or list the dependencies of ${unit} under extraDependencies in the configuration (an empty list says that there are no others).`,
    );
  const text = link.path;
  const path = repositoryPath(tree, unit, text.replace(/\/terragrunt\.hcl(\.json)?$/, ''));
  if (path === undefined)
    throw errorAt(link.file, link.at, `${unit} depends on "${text}", which lies outside of the repository.`);
  const target = tree.real(path) ?? path;
  if (units.has(target)) return [target];
  // A stack stands for all units that are generated from it.
  const generated = tree.stacks?.units.get(target)?.filter((path) => path !== unit && units.has(path)) ?? [];
  if (generated.length > 0) return generated;
  const missing = tree.hasDirectory(target) ? 'where there is no terragrunt.hcl' : 'which does not exist';
  throw errorAt(
    link.file,
    link.at,
    `${unit} depends on ${target}, ${missing}; correct the path or remove the dependency.`,
  );
}

/** True for the directory itself, too. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`);
}
