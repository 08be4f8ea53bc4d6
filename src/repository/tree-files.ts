/** The files of a commit or a tree as git keeps them: symbolic links as links, with their modes. */
import { git } from './git.ts';

export interface TreeFile {
  /** Git's mode, such as 100644. */
  mode: string;
  /** The content's object id. */
  object: string;
}

/** Path in the repository ▸ file. */
export type TreeFiles = ReadonlyMap<string, TreeFile>;

/**
 * @param repository a directory in which git runs
 * @param revision null for none: no files
 */
export async function treeFiles(repository: string, revision: string | null): Promise<TreeFiles> {
  if (revision === null) return new Map();
  const listing = await git(repository, ['ls-tree', '-r', '-z', '--full-tree', revision]);
  return new Map(
    listing
      .split('\0')
      .filter((entry) => entry !== '')
      .map(parseEntry),
  );
}

export function isSameFile(one: TreeFile | undefined, other: TreeFile | undefined): boolean {
  return one?.object === other?.object && one?.mode === other?.mode;
}

/** "<mode> <type> <object>\t<path>" */
function parseEntry(entry: string): [string, TreeFile] {
  const tab = entry.indexOf('\t');
  const [mode = '', , object = ''] = entry.slice(0, tab).split(' ');
  return [entry.slice(tab + 1), { mode, object }];
}

/** What becomes of a path: the file that is there, and the one that is to be. */
export type Change = readonly [path: string, from: TreeFile | undefined, to: TreeFile | undefined];

/** For `git update-index -z --replace --index-info`: what is there goes first, since a file may come where a directory was. */
export function indexInfo(changes: readonly Change[]): string {
  const gone = changes.flatMap(([path, from]) => (from ? [`0 ${'0'.repeat(from.object.length)}\t${path}\0`] : []));
  const come = changes.flatMap(([path, , to]) => (to ? [`${to.mode} ${to.object}\t${path}\0`] : []));
  return [...gone, ...come].join('');
}
