/** A unit's own files at a commit: those under its directory, without those of units that lie deeper. */
import { git } from './git.ts';

export interface UnitFile {
  /** Git's mode, such as 100644. */
  mode: string;
  /** The content's object id. */
  object: string;
}

/** Path in the repository ▸ file. */
export type UnitFiles = ReadonlyMap<string, UnitFile>;

/**
 * @param repository a directory in which git runs
 * @param commit null for none: no files
 * @param units every unit's path, to know which lie deeper
 */
export async function unitFiles(
  repository: string,
  commit: string | null,
  path: string,
  units: Iterable<string>,
): Promise<UnitFiles> {
  if (commit === null) return new Map();
  const deeper = [...units].filter((unit) => unit !== path && contains(path, unit));
  const below = path === '.' ? [] : ['--', `${path}/`];
  const listing = await git(repository, ['ls-tree', '-r', '-z', '--full-tree', commit, ...below], {
    environment: { GIT_LITERAL_PATHSPECS: '1' },
  });
  const files = listing
    .split('\0')
    .filter((entry) => entry !== '')
    .map(parseEntry)
    .filter(([file]) => !deeper.some((unit) => contains(unit, file)));
  return new Map(files);
}

/** The file of that path at a commit or in a tree, if there is one. @param commit null for none */
export async function filesNamed(repository: string, commit: string | null, path: string): Promise<UnitFiles> {
  if (commit === null) return new Map();
  const listing = await git(repository, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', path], {
    environment: { GIT_LITERAL_PATHSPECS: '1' },
  });
  return new Map(
    listing
      .split('\0')
      .filter((entry) => entry !== '')
      .map(parseEntry),
  );
}

export function sameFiles(one: UnitFiles, other: UnitFiles): boolean {
  return (
    one.size === other.size &&
    [...one].every(([path, file]) => {
      const counterpart = other.get(path);
      return counterpart?.object === file.object && counterpart.mode === file.mode;
    })
  );
}

/** Whether `path` is `directory` or lies somewhere under it. */
function contains(directory: string, path: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`);
}

/** "<mode> <type> <object>\t<path>" */
function parseEntry(entry: string): [string, UnitFile] {
  const tab = entry.indexOf('\t');
  const [mode = '', , object = ''] = entry.slice(0, tab).split(' ');
  return [entry.slice(tab + 1), { mode, object }];
}
