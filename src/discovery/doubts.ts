/** What a unit may read and that can't be known. It is told, and a change of what may be read touches the unit: never silence. */
import { hash } from 'node:crypto';
import type { DiscoverySettings } from '../config/schema.ts';
import { named } from '../named.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import { globPattern } from './glob.ts';
import { type HclFile, placeOf } from './hcl/file.ts';
import type { UnknownPath } from './reads.ts';
import { changedContents, type SourceTree } from './source/source-tree.ts';

/** Plain data. */
export interface Doubt {
  /** What can't be known and why, behind its place, without a full stop. */
  message: string;
  /** What the paths of the files begin with that may be read; empty: nothing of them is known. Undefined when it is a state that is read. */
  below: string | undefined;
  /** Whether Terragrunt tells, once it has evaluated it. */
  askable: boolean;
  /** Of a state: the units whose it may be, as far as that can be told. */
  writers?: readonly string[];
}

/** @param what that can't be known */
export function placed(
  { reason, below, askable }: UnknownPath,
  file: HclFile,
  at: number,
  what = 'which file this reads',
): Doubt {
  return { message: `${placeOf(file, at)}: ${what} can't be known: ${reason}`, below, askable };
}

/** The same units, without the doubts that the configuration settles by saying what they depend on, or what they read. */
export function withoutSettledDoubts(
  units: readonly EvaluatedUnit[],
  { extraDependencies, extraReads }: DiscoverySettings,
): readonly EvaluatedUnit[] {
  const patterns = Object.keys(extraReads).map(globPattern);
  return units.map((unit) => {
    if (unit.doubts.length === 0) return unit;
    const readsAreSaid = patterns.some((pattern) => pattern.test(unit.path));
    const dependenciesAreSaid = Object.hasOwn(extraDependencies, unit.path);
    const doubts = unit.doubts.filter(({ below }) => !(below === undefined ? dependenciesAreSaid : readsAreSaid));
    return { ...unit, doubts };
  });
}

/** Sentences about the doubts of these units, one for each doubt. */
export function toldDoubts(units: Iterable<Pick<EvaluatedUnit, 'path' | 'doubts'>>): string[] {
  const open = Array.from(units, ({ path, doubts }) => doubts.map((doubt) => ({ path, doubt }))).flat();
  return Array.from(
    Map.groupBy(open, ({ doubt }) => doubt.message),
    ([message, of]) => {
      const below = of[0]?.doubt.below;
      const paths = [...new Set(of.map(({ path }) => path))];
      if (below === undefined) return `${message}.`;
      const change = below === '' ? 'any changed file that no unit reads' : `any changed file below ${below}`;
      return `${message}; so ${change} touches ${named(paths)}. Write what can be computed from the files of the repository, or list what ${paths.length === 1 ? 'it reads' : 'each reads'} under extraReads in the configuration (an empty list says that it is nothing more).`;
    },
  );
}

/** The doubts that the unit still has about a tree in which it reads, without doubt, most that it may. */
export function aboutUnread(tree: SourceTree, { doubts, reads }: EvaluatedUnit): readonly Doubt[] {
  if (doubts.length === 0) return doubts;
  const known = new Set(reads);
  return doubts.filter(({ below }) => !below || tree.files.some((file) => file.startsWith(below) && !known.has(file)));
}

/**
 * The fingerprint of a unit's code with all that it may read besides: when that changes, what is known of the unit's code no longer tells what it does.
 * @param unread finds the files that no unit reads
 */
export function fingerprintInDoubt(tree: SourceTree, unread: () => readonly string[]): (unit: EvaluatedUnit) => string {
  const known = new Map<string, string>();
  const ofFiles = (below: string): string => {
    let found = known.get(below);
    if (found === undefined) {
      const files = below === '' ? unread() : tree.files.filter((file) => file.startsWith(below));
      found = fingerprintOf(tree, files);
      known.set(below, found);
    }
    return found;
  };
  return ({ fingerprint, doubts }) => {
    const below = new Set(doubts.map((doubt) => doubt.below).filter((one) => one !== undefined));
    return below.size === 0
      ? fingerprint
      : hash('sha256', [fingerprint, ...Array.from(below, ofFiles).sort()].join('\n'));
  };
}

/** A changed file that a unit may read. */
export interface ChangeInDoubt {
  doubt: Doubt;
  path: string;
  what: 'added' | 'changed' | 'deleted';
}

/** Two trees and their units. */
interface Trees {
  after: ReadonlyMap<string, EvaluatedUnit>;
  baseTree: SourceTree;
  headTree: SourceTree;
}

/**
 * By unit, the changed files that lie below what is known of a path that it reads; where nothing is known, those that no unit reads.
 * @param unread the changed files that no unit reads
 */
export function changesInDoubt(
  { after, baseTree, headTree }: Trees,
  unread: readonly string[],
): Map<string, ChangeInDoubt[]> {
  const found = new Map<string, ChangeInDoubt[]>();
  const open = [...after.values()].filter(({ doubts }) => doubts.some(({ below }) => below !== undefined));
  if (open.length === 0) return found;
  const changed = changedContents(baseTree, headTree);
  for (const { path: unit, doubts, reads } of open) {
    const known = new Set(reads);
    const inDoubt = doubts.flatMap((doubt) => {
      const { below } = doubt;
      if (below === undefined) return [];
      const may = below === '' ? unread : changed.filter((path) => path.startsWith(below) && !known.has(path));
      return may.map((path) => ({ doubt, path, what: changeOf(path, baseTree, headTree) }));
    });
    if (inDoubt.length > 0) found.set(unit, inDoubt);
  }
  return found;
}

function changeOf(path: string, base: SourceTree, head: SourceTree): ChangeInDoubt['what'] {
  return !base.has(path) ? 'added' : head.has(path) ? 'changed' : 'deleted';
}

/** A sentence for each doubt. */
export function reasonsInDoubt(changes: readonly ChangeInDoubt[] = []): string[] {
  return Array.from(
    Map.groupBy(changes, ({ doubt }) => doubt),
    ([{ message }, of]) => {
      const [{ path, what }] = of as [ChangeInDoubt];
      const more = of.length > 1 ? ` (and ${of.length - 1} more)` : '';
      return `may read ${path}${more}, which ${what === 'changed' ? what : `was ${what}`}: ${message}`;
    },
  );
}

/**
 * Units with the doubts that have to do with what has changed: where a file may be read, the file; where a state is, the unit itself, or one whose
 * it may be.
 * @param concerned paths of units whose outputs may be other ones after the delivery
 */
export function aboutChanges(
  units: ReadonlyMap<string, EvaluatedUnit>,
  { inDoubt, concerned }: { inDoubt: ReadonlyMap<string, readonly ChangeInDoubt[]>; concerned: ReadonlySet<string> },
): Pick<EvaluatedUnit, 'path' | 'doubts'>[] {
  return [...units.values()]
    .filter(({ runnable, doubts }) => runnable && doubts.length > 0)
    .map(({ path, doubts }) => {
      const found = new Set(inDoubt.get(path)?.map(({ doubt }) => doubt));
      const isConcerned = ({ writers = [] }: Doubt) => [path, ...writers].some((one) => concerned.has(one));
      const isTold = (doubt: Doubt) => (doubt.below === undefined ? isConcerned(doubt) : found.has(doubt));
      return { path, doubts: doubts.filter(isTold) };
    });
}
