/**
 * Nothing is destroyed while something that is applied reads it. What reads it is told by the code that is applied, which may be older
 * than the change set's base: a change was declined, rolled back or put aside. Before a delivery is made of a change set, each unit that it
 * would destroy is held against what is applied:
 *
 * 1. It comes after what reads it as that is applied; and, as far as this leaves open, after what read it at the change set's base.
 * 2. A reader that isn't in the delivery is brought in when its code at the head is another one: then it lets go.
 * 3. A unit whose state a unit at the head reads, and which nobody else writes there, stays applied, too.
 * 4. A unit that a reader holds on to stays applied, and is carried until it has let go; so does what that unit reads itself.
 *
 * Pure.
 */
import { orderWithWishes } from '../discovery/graph/order-with-wishes.ts';
import { writersAmong } from '../discovery/states/moves.ts';
import { writersOf, writing } from '../discovery/states/writers.ts';
import type { ChangeSet, TouchedUnit, Unit } from '../model.ts';
import { ownValue } from '../own-value.ts';
import type { Applied } from './applied.ts';
import { wasEverApplied } from './carry.ts';
import type { CarriedUnit } from './pointer.ts';

export interface InView {
  changeSet: ChangeSet;
  /** Delivered with it. */
  carried: CarriedUnit[];
  /** To be destroyed, but still read: carried further, and not delivered now. */
  held: CarriedUnit[];
}

/**
 * The change set and what is carried into its delivery, in view of what is applied.
 * @param late what stays as it is applied, whatever git says: see late-put-backs.ts
 */
export function inViewOfReaders(
  changeSet: ChangeSet,
  carried: readonly CarriedUnit[],
  applied: Applied,
  late: readonly CarriedUnit[] = [],
): InView {
  const now = new Map(changeSet.graph.map((unit) => [unit.path, unit]));
  const doomed = doomedUnits(changeSet, carried, now, applied);
  const readers = new Map([...doomed.keys()].map((path) => [path, readersOf(path, applied)]));
  const stayingLate = new Set(late.map(({ path }) => path));
  const letsGo = (reader: string) => now.has(reader) && !stayingLate.has(reader) && !isAsApplied(reader, now, applied);
  const atHead = readAtHead(doomed, changeSet.graph);
  const held = heldUnits(readers, (reader) => doomed.has(reader) || letsGo(reader), atHead);
  for (const path of held.keys()) doomed.delete(path);
  const inside = new Set([...changeSet.touched, ...carried].map(({ path }) => path));
  const brought = [...doomed.keys()].flatMap((path) =>
    (readers.get(path) ?? [])
      .filter((reader) => !inside.has(reader))
      .map((reader): CarriedUnit => {
        inside.add(reader);
        return { path: reader, reason: `reads outputs of ${path}, which is destroyed`, stale: false, deleted: null };
      }),
  );
  const after = inOneDirection(readers, doomed);
  const seen = (unit: TouchedUnit) => ({ ...unit, dependents: after.get(unit.path) ?? unit.dependents });
  const stays = ({ path }: { path: string }) => !held.has(path);
  return {
    changeSet: { ...changeSet, touched: changeSet.touched.filter(stays).map(seen) },
    carried: [
      ...carried.filter(stays).map((unit) => (unit.deleted ? { ...unit, deleted: seen(unit.deleted) } : unit)),
      ...brought,
    ],
    held: [...held].map(([path, reader]) =>
      heldUnit(
        path,
        atHead.has(path)
          ? `${reader} reads its state, in the code that git has now, and it stays until ${reader} has let go of it`
          : `it is read by ${reader} as that is applied, and stays until ${reader} has let go of it`,
        changeSet,
        carried,
      ),
    ),
  };
}

/** What the delivery would destroy, by path. */
function doomedUnits(
  { touched }: ChangeSet,
  carried: readonly CarriedUnit[],
  now: ReadonlyMap<string, unknown>,
  applied: Applied,
): Map<string, TouchedUnit> {
  const deleted = [
    ...carried.flatMap((unit) => (unit.deleted && !now.has(unit.path) ? [unit.deleted] : [])),
    ...touched.filter(({ change, path }) => change === 'deleted' && wasEverApplied(ownValue(applied.units, path))),
  ];
  return new Map(deleted.map((unit) => [unit.path, unit]));
}

/** As the record of what is applied tells. */
function readersOf(path: string, { units }: Applied): string[] {
  return Object.entries(units)
    .filter(([reader, record]) => reader !== path && record.reads?.includes(path) && wasEverApplied(record))
    .map(([reader]) => reader)
    .sort();
}

/** Units whose states the code at the head reads, and nobody writes there, each with one that reads it. */
function readAtHead(doomed: ReadonlyMap<string, TouchedUnit>, graph: readonly Unit[]): Map<string, string> {
  const gone = writersOf([...doomed.values()].map(({ path, writes = [] }) => ({ path, writes })));
  if (gone.byState.size === 0) return new Map();
  const there = writersAmong(graph);
  const found = graph.flatMap(({ path: reader, states }) =>
    (states?.reads ?? [])
      .filter((state) => writing(state, there).length === 0)
      .flatMap((state) => writing(state, gone).map((path): [string, string] => [path, reader])),
  );
  return new Map(found);
}

/** Of one that is there at the head: its code is the very code that is applied, or was before an apply that was left half done. */
function isAsApplied(path: string, now: ReadonlyMap<string, { fingerprint: string }>, { units }: Applied): boolean {
  return now.get(path)?.fingerprint === ownValue(units, path)?.fingerprint;
}

/** Each with one that holds it. @param letsGo of a reader, unless it is held itself. */
function heldUnits(
  readers: ReadonlyMap<string, readonly string[]>,
  letsGo: (reader: string) => boolean,
  atHead: ReadonlyMap<string, string>,
): Map<string, string> {
  const held = new Map(atHead);
  for (let before = -1; before !== held.size; ) {
    before = held.size;
    for (const [path, all] of readers) {
      const holder = held.has(path) ? undefined : all.find((reader) => held.has(reader) || !letsGo(reader));
      if (holder !== undefined) held.set(path, holder);
    }
  }
  return held;
}

/** What each comes after. Of units to be destroyed that read each other, one has to be the first. */
function inOneDirection(
  readers: ReadonlyMap<string, readonly string[]>,
  doomed: ReadonlyMap<string, TouchedUnit>,
): Map<string, string[]> {
  const none = new Map([...doomed.keys()].sort().map((path): [string, string[]] => [path, []]));
  const atBase = new Map([...doomed].map(([path, { dependents }]) => [path, dependents]));
  const { order } = orderWithWishes(orderWithWishes(none, readers).order, atBase);
  return new Map(
    [...order].map(([path, after]) => {
      const all = new Set([...(readers.get(path) ?? []), ...(atBase.get(path) ?? [])]);
      return [path, [...all].filter((reader) => !doomed.has(reader) || after.includes(reader)).sort()];
    }),
  );
}

function heldUnit(path: string, reason: string, { touched }: ChangeSet, carried: readonly CarriedUnit[]): CarriedUnit {
  const before = carried.find((unit) => unit.path === path);
  const deleted = touched.find((unit) => unit.path === path) ?? before?.deleted ?? null;
  return { path, reason, stale: before?.stale ?? false, deleted };
}
