/** What has become of states from one commit to another: whose they are now, and who still reads those that nobody has any more. Pure. */
import { DiscoveryError } from '../../errors.ts';
import type { TouchedUnit, Unit } from '../../model.ts';
import type { Discovered } from '../discover.ts';
import { type Writers, writersOf, writing } from './writers.ts';

type Units = ReadonlyMap<string, Unit>;

export interface Moves {
  /** Of units that are gone, who has their state now. */
  takenOver: ReadonlyMap<string, string>;
  /** The directory that is gone, by the unit that has its state now and hadn't before. */
  movedFrom: ReadonlyMap<string, string>;
  /** Of units that are there before and after: the state that they had, when nobody has it any more and they have another one. */
  stateBefore: ReadonlyMap<string, string>;
  /** All of that as sentences, by the unit that is there. */
  reasons: ReadonlyMap<string, readonly string[]>;
}

export function writersAmong(units: Iterable<Pick<Unit, 'path' | 'states'>>): Writers {
  return writersOf(Array.from(units, ({ path, states }) => ({ path, writes: states?.writes ?? [] })));
}

export function movesOfStates(before: Units, after: Units): Moves {
  let holders: Writers['byState'] | undefined;
  const [takenOver, movedFrom, stateBefore] = [1, 2, 3].map(() => new Map<string, string>()) as [
    Map<string, string>,
    Map<string, string>,
    Map<string, string>,
  ];
  const reasons = new Map<string, string[]>();
  const say = (path: string, sentence: string) => reasons.set(path, [...(reasons.get(path) ?? []), sentence]);
  for (const { path, states } of before.values()) {
    const old = states?.writes ?? [];
    const now = after.get(path)?.states?.writes ?? [];
    // Nearly all.
    if (after.has(path) && old.length === now.length && old.every((state, at) => state === now[at])) continue;
    holders ??= writersAmong(after.values()).byState;
    const [holder] = old.flatMap((state) => holders?.get(state) ?? []);
    if (!after.has(path) && holder !== undefined) {
      takenOver.set(path, holder);
      const hadIt = before.get(holder)?.states?.writes.some((state) => old.includes(state));
      if (!hadIt && !movedFrom.has(holder)) movedFrom.set(holder, path);
      say(holder, hadIt ? `${path}, which had the same state, is gone` : `moved from ${path}: its state stays`);
    } else if (old.length > 0 && now.length > 0 && !old.some((state) => now.includes(state))) {
      if (holder === undefined) stateBefore.set(path, old.join(', or '));
      say(path, otherState(old.join(', or '), now, holder));
    }
  }
  return { takenOver, movedFrom, stateBefore, reasons };
}

/** What every sentence about a unit begins with whose state is another one now. */
export const saysOtherState = 'its state is another one now';

/** @param holder who has the old one */
export function otherState(old: string, now: readonly string[], holder?: string): string {
  const then = holder === undefined ? 'what the old one holds stays in it' : `${holder} has the old one`;
  return `${saysOtherState}: from ${old} to ${now.join(', or ')}; ${then}`;
}

/**
 * A unit that is gone while another still depends on it, or reads its state: it would be destroyed, and the next plan of what reads it would fail. That
 * is a problem of both.
 * @returns the problems of those that are gone; the readers have theirs from now on
 */
export function noteReadsOfDeleted(
  deleted: readonly TouchedUnit[],
  after: ReadonlyMap<string, Discovered>,
): Map<string, DiscoveryError> {
  const problems = new Map<string, DiscoveryError>();
  if (deleted.length === 0) return problems;
  const gone = writersOf(deleted.map(({ path, writes = [] }) => ({ path, writes })));
  const paths = new Set(deleted.map(({ path }) => path));
  const there = [...after.values()].filter(({ runnable }) => runnable);
  for (const { path: reader, missing } of there)
    for (const [path, place] of missing)
      if (paths.has(path) && !problems.has(path))
        problems.set(
          path,
          new DiscoveryError(
            `${place}: ${reader} depends on ${path}, which is deleted and would be destroyed under it; take the dependency out of ${reader}, or keep ${path}.`,
          ),
        );
  const now = writersAmong(there.map(({ unit }) => unit));
  for (const one of there)
    for (const { state, place } of one.states.reads) {
      const [path] = writing(state, now).length > 0 ? [] : writing(state, gone);
      if (path === undefined) continue;
      const problem = new DiscoveryError(
        `${place}: ${one.path} reads the state of ${path}, which is deleted and would be destroyed under it (${state}); take the data source out of ${one.path}, or keep ${path}.`,
      );
      one.problem ??= problem;
      if (!problems.has(path)) problems.set(path, problem);
    }
  return problems;
}

/**
 * Units of which can't be known any more which state they write, although it is known which they wrote: what reads that one depends on them all the
 * same. It comes after them, and is cancelled with them.
 */
export function noteReadsOfUnknown(
  hidden: readonly Pick<Unit, 'path' | 'states'>[],
  after: ReadonlyMap<string, Discovered>,
): void {
  if (hidden.length === 0) return;
  const wrote = writersAmong(hidden);
  const now = writersAmong([...after.values()].filter(({ runnable }) => runnable).map(({ unit }) => unit));
  for (const one of after.values())
    for (const { state, place } of one.states.reads) {
      if (writing(state, now).length > 0) continue;
      const targets = writing(state, wrote).filter((target) => target !== one.path && !one.because.has(target));
      if (targets.length === 0) continue;
      one.because = new Map([...one.because, ...targets.map((target) => [target, place] as const)]);
      one.unit = { ...one.unit, dependencies: [...one.because.keys()].sort() };
    }
}
