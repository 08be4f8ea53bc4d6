/** Where the code of a unit or a stack comes from. */
import { errorAt } from '../hcl/file.ts';
import { asString, Unknown } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { valueAt } from '../terragrunt/configuration.ts';
import { attributeOf, type Component, flagOf } from './components.ts';

export type Source =
  | { directory: string }
  | {
      /** As it is written. */
      text: string;
      /** Why its files can't be known. */
      elsewhere: string;
    };

/**
 * @param stack the directory of the stack's file
 * @param original the directory of the file that the stack's is a copy of; `update_source_with_cas` sources start there
 * @throws DiscoveryError for a local source that is not there
 */
export function sourceOf(tree: SourceTree, stack: string, original: string, component: Component): Source {
  const { within, kind, name } = component;
  const attribute = attributeOf(component, 'source');
  const value = valueAt(within, attribute.value, 'the source');
  if (value instanceof Unknown)
    return { text: value.reason, elsewhere: `its source is unknown, because ${value.reason}` };
  const text = asString(value);
  const elsewhere = { text, elsewhere: `its source ${text} lies outside of the repository` };
  const local = text.replace(/^file:\/\//, '');
  if (/^\w+::|:\/\/|^\S+@\S+:|\?/.test(local)) return elsewhere;
  const start = flagOf(component, 'update_source_with_cas') ? original : stack;
  const path = repositoryPath(tree, start, local.replaceAll('//', '/'));
  if (path !== undefined && tree.hasDirectory(path)) return { directory: tree.real(path) ?? path };
  // `example.org/catalog//unit` is no path, and neither is `catalog/unit` where there is no such directory.
  if (path === undefined || !/^\.{0,2}\//.test(local)) return elsewhere;
  throw errorAt(within.file, attribute.at, `the source of the ${kind} "${name}", ${path}, does not exist; correct it.`);
}

/** The files that a copy of a directory has, by their paths in it, with the file that each is a copy of. Links are followed. */
export function copiedFiles(tree: SourceTree, directory: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (from: string, to: string, above: readonly string[]) => {
    if (above.includes(from)) return; // a link to a directory that it lies in
    for (const path of tree.below(from)) {
      const inside = `${to}${from === '.' ? path : path.slice(from.length + 1)}`;
      const target = tree.links.has(path) ? tree.real(path) : path;
      if (target === undefined) continue;
      if (target !== path && tree.hasDirectory(target)) visit(target, `${inside}/`, [...above, from]);
      else if (tree.has(target)) found.set(inside, target);
    }
  };
  visit(directory, '', []);
  return found;
}

/** The repository's own files that a file, generated or not, is made of. */
export function originsOf(tree: SourceTree, path: string): readonly string[] {
  const file = tree.stacks?.files.get(path);
  if (file === undefined) return [path];
  return 'copyOf' in file ? [file.copyOf] : file.from;
}

/** The same of several files. */
export function originsIn(tree: SourceTree, paths: Iterable<string>): string[] {
  return [...new Set([...paths].flatMap((path) => originsOf(tree, path)))];
}
