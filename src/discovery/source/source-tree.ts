/**
 * The files of a repository at one moment: a commit or the working tree. Paths are relative to the repository's root;
 * reading is synchronous, since evaluating HCL reads wherever an expression says so.
 */

import type { Stacks } from '../stacks/generated.ts';

export interface SourceTree {
  /** Where the repository lies, or would lie when checked out: what `get_repo_root()` answers. Absolute. */
  root: string;
  /** All files, links resolved by `read` and `has`; sorted. Nothing below `.git`, `.terraform` or `.terragrunt-cache`. */
  files: readonly string[];
  /** The targets of symbolic links by path, as they are written. */
  links: ReadonlyMap<string, string>;
  /** The paths of submodules; their files are among the others only where submodules are looked into. */
  submodules: ReadonlySet<string>;
  has(path: string): boolean;
  hasDirectory(path: string): boolean;
  /** Undefined when there is no such file. Bytes that are not UTF-8 come out as U+FFFD. */
  read(path: string): string | undefined;
  /** Git's id of the file's content. */
  blob(path: string): string | undefined;
  /** The files below a directory at any depth, sorted; `.` is everything. */
  below(directory: string): readonly string[];
  /** The path with symbolic links in it followed, or undefined when it leads out of the repository. */
  real(path: string): string | undefined;
  /** What the stacks in the tree generate, where there are any. */
  stacks?: Stacks;
  /** Of all names and contents, where git has said it at once; another one says nothing. */
  digest?: string | undefined;
}

/** Directories that hold copies and caches, never configuration. */
const ignored = /(^|\/)(\.git|\.terraform|\.terragrunt-cache)\//;

/** Nothing of it is asked for before it is needed. */
export interface TreeContent {
  root: string;
  /** All paths, in any order. */
  paths: readonly string[];
  /** The targets of symbolic links by path. */
  links: ReadonlyMap<string, string>;
  submodules?: ReadonlySet<string>;
  read(path: string): string | undefined;
  blob(path: string): string | undefined;
  digest?: string | undefined;
}

export function sourceTree(content: TreeContent): SourceTree {
  let parts: Parts | undefined;
  const known = (): Parts => (parts ??= partsOf(content));
  return {
    root: content.root,
    digest: content.digest,
    get files() {
      return known().files;
    },
    get links() {
      return content.links;
    },
    get submodules() {
      return content.submodules ?? new Set();
    },
    has(path) {
      const { names, real } = known();
      const target = real(path);
      return target !== undefined && names.has(target) && !content.links.has(target);
    },
    hasDirectory(path) {
      const { directories, real } = known();
      const target = real(path);
      return target !== undefined && directories.has(target);
    },
    read(path) {
      const { names, real } = known();
      const target = real(path);
      return target !== undefined && names.has(target) ? content.read(target) : undefined;
    },
    blob(path) {
      const { names, real } = known();
      const target = real(path);
      return target !== undefined && names.has(target) ? content.blob(target) : undefined;
    },
    below: (directory) => filesBelow(known().files, directory),
    real: (path) => known().real(path),
  };
}

interface Parts {
  files: readonly string[];
  names: ReadonlySet<string>;
  directories: ReadonlySet<string>;
  real(path: string): string | undefined;
}

function partsOf({ paths, links }: TreeContent): Parts {
  const files = paths.filter((path) => !ignored.test(path)).sort(byText);
  return { files, names: new Set(files), directories: directoriesOf(files), real: linkFollower(links) };
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function directoriesOf(files: readonly string[]): Set<string> {
  const directories = new Set(['.']);
  for (const file of files) addDirectories(directories, file);
  return directories;
}

/** Adds the directories above a file; where one is there, those above it are, too. */
export function addDirectories(directories: Set<string>, file: string): void {
  for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
    const directory = file.slice(0, end);
    if (directories.has(directory)) break;
    directories.add(directory);
  }
}

/** By binary search: the files are sorted, so those of a directory stand together. */
export function filesBelow(files: readonly string[], directory: string): readonly string[] {
  if (directory === '.') return files;
  const start = firstAtLeast(files, `${directory}/`);
  return files.slice(start, firstAtLeast(files, `${directory}0`, start)); // "0" comes right after "/"
}

function firstAtLeast(files: readonly string[], wanted: string, from = 0): number {
  let low = from;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((files[middle] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As many links in a row as Linux follows before it calls it a loop. */
const mostLinks = 40;

function linkFollower(links: ReadonlyMap<string, string>): (path: string) => string | undefined {
  if (links.size === 0) return (path) => path;
  const follow = (path: string, left: number): string | undefined => {
    if (left === 0) return undefined;
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length++) {
      const prefix = parts.slice(0, length).join('/');
      const target = links.get(prefix);
      if (target === undefined) continue;
      const resolved = resolveInside([...parts.slice(0, length - 1), target, ...parts.slice(length)].join('/'));
      return target.startsWith('/') || resolved === undefined ? undefined : follow(resolved, left - 1);
    }
    return path;
  };
  return (path) => follow(path, mostLinks);
}

const untidy = /(^|\/)\.{0,2}(\/|$)/;

/** A path with `.` and `..` taken out; undefined when it leads out of the repository. */
export function resolveInside(path: string): string | undefined {
  if (!untidy.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/') || '.';
}

/** The files with another content in the one than in the other, or in only one of them; sorted. */
export function changedFiles(one: SourceTree, other: SourceTree): string[] {
  const changed: string[] = [];
  const [here, there] = [one.files, other.files];
  for (let i = 0, j = 0; i < here.length || j < there.length; ) {
    const [left, right] = [here[i], there[j]];
    const path = left === undefined || (right !== undefined && right < left) ? (right as string) : left;
    if (path === left) i++;
    if (path === right) j++;
    if (left !== right || one.blob(path) !== other.blob(path)) changed.push(path);
  }
  return changed;
}

/** Those of them with another content; a link to a directory has none of its own. */
export function changedContents(one: SourceTree, other: SourceTree): string[] {
  return changedFiles(one, other).filter((path) => one.blob(path) !== other.blob(path));
}

/** A repository before its first commit. */
export function emptyTree(root: string): SourceTree {
  return sourceTree({ root, paths: [], links: new Map(), read: () => undefined, blob: () => undefined });
}
