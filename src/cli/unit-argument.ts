/**
 * Which unit somebody means. Paths are as `live-ci status` prints them, from the repository's root; as a shell completes them in the directory
 * where it stands ("./network/"); or just the end of one, as long as that fits one unit.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { nearest } from '../config/nearest.ts';
import { UsageError } from '../errors.ts';
import { shown } from '../plain-text.ts';

/** Where the words were typed: the repository's root, and a directory in it. */
export interface Typed {
  root: string;
  directory: string;
}

/** Outside of a repository paths count from where they were typed. Starts no program. */
export function typedIn(directory: string): Typed {
  for (let root = directory; ; root = dirname(root)) {
    if (existsSync(join(root, '.git'))) return { root, directory };
    if (root === dirname(root)) return { root: directory, directory };
  }
}

/**
 * @param units those that there are.
 * @param of what has them, for the sentence: "Delivery 0123456789ab-1".
 * @throws UsageError when it is none of them, or could be several.
 */
export function unitNamed<Unit extends { path: string }>(
  said: string,
  units: readonly Unit[],
  of: string,
  typed = typedIn(process.cwd()),
): Unit {
  const found = findUnit(said, units, typed);
  if (found !== undefined) return found;
  const paths = units.map(({ path }) => path);
  const end = inRepository(said, { ...typed, directory: typed.root }) ?? said;
  const suggestion = nearest(end, paths) ?? nearestEnd(end, paths);
  throw new UsageError(
    `${of} has no unit ${shown(said)}; ${suggestion === undefined ? `its units are ${someOf(paths) || 'none'}.` : `did you mean ${shown(suggestion)}?`}`,
  );
}

/** Undefined when it is none of the units. @throws UsageError when it could be several. */
export function findUnit<Unit extends { path: string }>(
  said: string,
  units: readonly Unit[],
  typed = typedIn(process.cwd()),
): Unit | undefined {
  const known = new Map(units.map((unit) => [unit.path, unit]));
  const fromRoot = inRepository(said, { ...typed, directory: typed.root });
  const [exact] = [said, inRepository(said, typed), fromRoot].flatMap((path) => known.get(path ?? '') ?? []);
  if (exact !== undefined) return exact;
  const ending = units.filter(({ path }) => path.endsWith(`/${fromRoot ?? said}`));
  if (ending.length <= 1) return ending[0];
  const paths = someOf(ending.map(({ path }) => path));
  throw new UsageError(`${shown(said)} could be ${paths}. Say which, with more of its path.`);
}

/** A path as the repository has it; undefined for one that leads out of it. */
function inRepository(said: string, { root, directory }: Typed): string | undefined {
  const path = relative(root, resolve(directory, said)).split(sep).join('/');
  if (path === '') return '.';
  return path === '..' || path.startsWith('../') ? undefined : path;
}

/** Of a path whose beginning was left out, and whose end is misspelt. */
function nearestEnd(said: string, units: readonly string[]): string | undefined {
  const parts = said.split('/').length;
  const ends = new Map(units.map((path) => [path.split('/').slice(-parts).join('/'), path]));
  const end = nearest(said, [...ends.keys()]);
  return end === undefined ? undefined : ends.get(end);
}

const most = 8;

function someOf(paths: readonly string[]): string {
  const first = paths.slice(0, most).map(shown);
  return [...first, ...(paths.length > most ? [`${paths.length - most} more`] : [])].join(', ');
}
