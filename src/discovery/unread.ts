/** Changed files that no unit reads. Those that are code of the infrastructure are told: somebody may have meant them to touch a unit. */
import type { DiscoverySettings } from '../config/schema.ts';
import { named } from '../named.ts';
import { isCode, withParents } from './code-files.ts';
import { isLeftOut } from './configured.ts';
import type { EvaluatedUnit } from './evaluate-unit.ts';
import { isWithin } from './resolve-links.ts';
import { changedContents, type SourceTree } from './source/source-tree.ts';
import { originsOf } from './stacks/source.ts';

/** Two trees and their units. */
interface Trees {
  before: ReadonlyMap<string, EvaluatedUnit>;
  after: ReadonlyMap<string, EvaluatedUnit>;
  baseTree: SourceTree;
  headTree: SourceTree;
}

/** Sorted. @param prefix the directory that is looked at */
export function unreadChanges({ before, after, baseTree, headTree }: Trees, prefix: string): string[] {
  const changed = changedContents(baseTree, headTree).filter((path) => isWithin(path, prefix));
  const unread = new Set(changed.filter((path) => !isGenerated(baseTree, path) && !isGenerated(headTree, path)));
  withoutRead(unread, baseTree, before.values());
  withoutRead(unread, headTree, after.values());
  return [...unread];
}

/** Sorted. @param directory that is looked at */
export function unreadFiles(tree: SourceTree, units: Iterable<EvaluatedUnit>, directory: string): string[] {
  const unread = new Set(tree.below(directory).filter((path) => !isGenerated(tree, path)));
  withoutRead(unread, tree, units);
  return [...unread];
}

function isGenerated({ stacks }: SourceTree, path: string): boolean {
  return stacks?.files.has(path) === true;
}

/** Takes away the repository's own files that units read which run something, or others that are meant. */
function withoutRead(
  files: Set<string>,
  tree: SourceTree,
  units: Iterable<EvaluatedUnit>,
  isMeant = ({ runnable }: EvaluatedUnit) => runnable,
): void {
  for (const unit of units)
    if (isMeant(unit)) for (const path of unit.reads) for (const origin of originsOf(tree, path)) files.delete(origin);
}

/**
 * A sentence about code that has changed and that no unit is known to read; undefined when there is none. What the configuration or a unit itself
 * leaves out is no news, and neither is a file that is gone: nothing could read it.
 * @param unread the changed files that no unit reads, without those of which is told already that a unit may read them
 */
export function toldUnread(unread: readonly string[], trees: Trees, config: DiscoverySettings): string | undefined {
  const { after, headTree } = trees;
  const changed = unread.filter((path) => headTree.has(path) && isCode(path));
  if (changed.length === 0) return undefined;
  const leftOut = isLeftOut(config);
  const open = new Set(changed.filter((path) => !withParents(path).some(leftOut)));
  withoutRead(open, headTree, after.values(), ({ excluded }) => excluded);
  const told = [...open];
  if (told.length === 0) return undefined;
  const it = told.length === 1 ? 'it' : 'them';
  return `${named(told)} changed, and no unit is known to read ${it}: list ${it} under extraReads in the configuration for the units that do, or under units.exclude where none does.`;
}
