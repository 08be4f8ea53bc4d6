/** Paths as expressions have them, and as the repository has them. */
import { posix } from 'node:path';
import { resolveInside, type SourceTree } from './source/source-tree.ts';

/** Characters; no operating system opens a file by a longer path. What is asked about a path is kept, so that one must not be endless. */
const longest = 4096;

/** A path as expressions have it (absolute, or relative to `directory`) as a path in the repository, if it is one. */
export function repositoryPath(tree: SourceTree, directory: string, path: string): string | undefined {
  if (path.length > longest) return undefined;
  if (path === tree.root) return '.';
  if (path.startsWith(`${tree.root}/`)) return resolveInside(path.slice(tree.root.length + 1));
  if (path.startsWith('/')) return resolveOutside(tree, path);
  return resolveInside(`${directory}/${path}`) ?? resolveOutside(tree, posix.join(tree.root, directory, path));
}

/** `/repository/a/../../repository/b` leaves the repository and comes back. */
function resolveOutside(tree: SourceTree, path: string): string | undefined {
  const normal = posix.normalize(path).replace(/(?<=.)\/$/, '');
  if (normal === tree.root) return '.';
  return normal.startsWith(`${tree.root}/`) ? normal.slice(tree.root.length + 1) : undefined;
}

/** The directory that a file of the repository lies in; `.` is the root. */
export function directoryOf(file: string): string {
  const end = file.lastIndexOf('/');
  return end < 0 ? '.' : file.slice(0, end);
}

/** The file of that name in a directory of the repository. */
export function fileIn(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`;
}

/** A path in the repository as an absolute one, as expressions see it. */
export function absolutePath(tree: SourceTree, path: string): string {
  return path === '.' ? tree.root : `${tree.root}/${path}`;
}
