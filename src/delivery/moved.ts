/**
 * What is recorded of a unit follows its state. A directory that is gone and whose state another unit has now was that unit: what is applied of
 * the one is what is applied of the other, at the older directory, until the new one is applied. Pure.
 */
import { writersAmong } from '../discovery/states/moves.ts';
import type { ChangeSet, TouchedUnit, Unit } from '../model.ts';
import { ownValue } from '../own-value.ts';
import type { Applied, AppliedUnit } from './applied.ts';
import { wasEverApplied } from './carry.ts';
import type { CarriedUnit } from './pointer.ts';

export interface Followed {
  changeSet: ChangeSet;
  carried: CarriedUnit[];
}

/** A unit that waits to be destroyed, and whose state another unit of the head has now, has moved to that one: it is no destroy any more. */
export function inViewOfMoves(changeSet: ChangeSet, carried: readonly CarriedUnit[]): Followed {
  const there = new Set(changeSet.graph.map(({ path }) => path));
  const { byState } = writersAmong(changeSet.graph);
  const movedTo = new Map<string, string>();
  for (const { path, deleted } of carried) {
    const [holder] = (deleted?.writes ?? []).flatMap((state) => byState.get(state) ?? []);
    if (!there.has(path) && holder !== undefined) movedTo.set(path, holder);
  }
  if (movedTo.size === 0) return { changeSet, carried: [...carried] };
  const movedFrom = new Map([...movedTo].map(([from, to]) => [to, from]));
  const followed = (unit: TouchedUnit): TouchedUnit => {
    const from = movedFrom.get(unit.path);
    if (from === undefined || unit.movedFrom !== undefined) return unit;
    return { ...unit, movedFrom: from, reasons: [`moved from ${from}: its state stays`, ...unit.reasons] };
  };
  return {
    changeSet: { ...changeSet, touched: changeSet.touched.map(followed) },
    carried: carried.filter(({ path }) => !movedTo.has(path)),
  };
}

/** What is applied of a unit: as its own record tells, or as that of the directory that it was moved from. */
export interface Standing {
  record: AppliedUnit | undefined;
  /** Where the code lies that is applied. */
  directory: string;
  /** The unit whose record it is, when it isn't its own. */
  movedFrom?: string;
}

export function standingOf(path: string, movedFrom: string | undefined, { units }: Applied): Standing {
  const own = ownValue(units, path);
  if (movedFrom === undefined || (own !== undefined && wasEverApplied(own)))
    return { record: own, directory: own?.directory ?? path };
  const record = ownValue(units, movedFrom);
  return { record, directory: record?.directory ?? movedFrom, movedFrom };
}

/** The records after a unit was delivered under its new path, or was to be: the old one's is its own now, and whoever read that reads this. */
export function takenOver(units: Applied['units'], path: string, movedFrom: string | undefined): Applied['units'] {
  const { record, directory, movedFrom: from } = standingOf(path, movedFrom, { version: 1, units });
  if (from === undefined || record === undefined) return units;
  const { [from]: _, ...others } = units;
  const renamed = Object.entries(others).map(([reader, one]): [string, AppliedUnit] => [
    reader,
    one.reads?.includes(from) ? { ...one, reads: one.reads.map((read) => (read === from ? path : read)).sort() } : one,
  ]);
  const { directory: _directory, ...standing } = record;
  return {
    ...Object.fromEntries(renamed),
    [path]: { ...standing, ...(directory === path ? {} : { directory }) },
  };
}

/**
 * The state that a unit's applied code has, when the code at the head has another one and no unit has the old one.
 * @param touched as the change set compares its base and its head
 */
export function stateBefore(
  { states }: Pick<Unit, 'states'>,
  { record }: Standing,
  touched: string | undefined,
  isWritten: (state: string) => boolean,
): string | undefined {
  if (record?.writes === undefined) return touched;
  const [before, now] = [record.writes, states?.writes ?? []];
  if (before.length === 0 || now.length === 0) return undefined;
  return before.some((state) => now.includes(state) || isWritten(state)) ? undefined : before.join(', or ');
}
