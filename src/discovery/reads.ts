/** What an evaluation reads: files of the repository, and paths of which something can't be known. */
import { Made, type Unknown } from './hcl/values.ts';
import { repositoryPath } from './repository-path.ts';
import type { SourceTree } from './source/source-tree.ts';

/** A path that is read and that can't be known. */
export interface UnknownPath {
  reason: string;
  /** What it begins with, as a path in the repository; empty when nothing of it is known. */
  below: string;
  /** Whether Terragrunt tells of such a path, once it has evaluated it. */
  askable: boolean;
}

/** Paths in the repository. */
export class Reads extends Set<string> {
  readonly unknown: UnknownPath[] = [];

  addAll(other: Reads): void {
    for (const path of other) this.add(path);
    this.unknown.push(...other.unknown);
  }
}

/** Where relative paths start, and where it is noted what was read. */
export interface ReadingPlace {
  tree: SourceTree;
  directory: string;
  reads: Reads;
}

/** Notes that something of this path is unknown, unless it surely leads to no file of the repository. */
export function mayRead({ tree, directory, reads }: ReadingPlace, path: Unknown, askable = false): void {
  const below = path instanceof Made ? undefined : knownPart(tree, directory, path.beginning);
  if (below !== undefined) reads.unknown.push({ reason: path.reason, below, askable });
}

/** What a path in the repository begins with, by how its text begins. Undefined when it lies outside. */
export function knownPart(tree: SourceTree, directory: string, beginning: string): string | undefined {
  const end = beginning.lastIndexOf('/') + 1;
  const name = beginning.slice(end);
  // Dots may go on as a way upwards, and the repository's own directory as anything below it.
  if (beginning === tree.root || /^(\.{0,2})$/.test(beginning)) return '';
  const place = repositoryPath(tree, directory, beginning.slice(0, end) || '.');
  if (place === undefined) return undefined;
  const known = /^\.{1,2}$/.test(name) ? '' : name;
  return place === '.' ? known : `${place}/${known}`;
}
