/**
 * What git and the live system may not agree about after a delivery, and what of it somebody decided. Pure.
 *
 * What is applied is what `pipeline/applied.json` says now, not what one delivery found when it began. What somebody declined, or had rolled
 * back, is settled: git may be brought back. What failed, or was cancelled because something failed, is its author's to mend: that is proposed,
 * never done.
 */
import { type Delivery, type DeliveryUnit, endedWell, type Outcome } from '../model.ts';
import { ownValue } from '../own-value.ts';
import type { Applied, Ending } from './applied.ts';
import { carryOver } from './carry.ts';
import type { CarriedUnit } from './pointer.ts';
import { withoutProspect } from './without-prospect.ts';

export interface OutOfStep {
  path: string;
  /** The commit whose code is applied; null when none is. */
  base: string | null;
  /** What became of it: an outcome, or why it is carried from before. */
  because: string;
  /** Whether people decided that what git says is not to be applied. */
  decided: boolean;
  /** Whether its code at the head isn't what is applied, by their fingerprints; false, too, where these aren't known. */
  differs: boolean;
  /** The unit that goes back with it, or not at all: one directory that has the state of the other. */
  together?: string;
  /** Why git must not be changed for it; undefined where it may be. */
  keep?: string;
}

export interface Ended {
  delivery: Delivery;
  endings: ReadonlyMap<string, Pick<Ending, 'outcome'>>;
  /** As the pointer had them when the delivery began. */
  carried: readonly CarriedUnit[];
  applied: Applied;
  /** Of each unit at the head, its fingerprint. */
  fingerprints: ReadonlyMap<string, string>;
  /** True when units without a base may be running nevertheless: nobody recorded a baseline. */
  unrecorded: boolean;
}

/** Sorted by path. */
export function outOfStep(ended: Ended): OutOfStep[] {
  const { delivery, endings, carried } = ended;
  const outcomes = new Map([...endings].map(([path, { outcome }]) => [path, { outcome, half: false }]));
  const decided = decidedUnits(delivery, endings);
  const seen = { ...ended, hopeless: withoutProspect(delivery.units) };
  const movedFrom = new Map(delivery.units.map((unit) => [unit.path, unit.movedFrom]));
  return carryOver(carried, delivery, outcomes)
    .flatMap(({ path, reason }): OutOfStep[] => {
      const outcome = endings.get(path)?.outcome;
      const because = outcome === undefined || endedWell(outcome) ? reason : outcome;
      const unit = standing(path, because, decided.has(path), seen);
      const directory = ownValue(ended.applied.units, path)?.directory;
      if (directory !== undefined) return inTwoPlaces(unit, directory);
      const before = movedFrom.get(path);
      if (before === undefined || unit.base !== null) return [unit];
      // What is applied lies where it was before.
      const { keep: _, ...here } = unit;
      const there = standing(before, `${path}, which has its state: ${because}`, unit.decided, seen);
      const keep = there.keep ?? (there.base === null ? 'no commit is recorded for what is applied' : undefined);
      const kept = keep === undefined ? {} : { keep };
      return [
        { ...here, together: before, ...kept },
        { ...there, together: path, ...kept },
      ];
    })
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The record has followed the unit to its new path; what is applied lies at the old one still. */
function inTwoPlaces(unit: OutOfStep, directory: string): OutOfStep[] {
  const because = `${unit.path}, which has its state: ${unit.because}`;
  return [
    { ...unit, base: null, together: directory },
    { ...unit, path: directory, because, together: unit.path },
  ];
}

interface Seen extends Ended {
  hopeless: ReadonlySet<string>;
}

function standing(path: string, because: string, decided: boolean, seen: Seen): OutOfStep {
  const { hopeless, applied, fingerprints, unrecorded } = seen;
  const record = ownValue(applied.units, path);
  const unit = {
    path,
    base: record?.commit ?? null,
    because,
    decided,
    differs: record?.fingerprint != null && (fingerprints.get(path) ?? record.fingerprint) !== record.fingerprint,
  };
  if (record === undefined) return { ...unit, keep: 'nothing is recorded of what is applied' };
  if (record.half !== null) return { ...unit, keep: `${record.half.slice(0, 12)} is half applied; deliver it again` };
  if (unit.base === null && unrecorded && !record.ours)
    return { ...unit, keep: 'no commit is recorded for what is applied; run live-ci baseline' };
  if (unit.base === null && hopeless.has(path))
    return { ...unit, keep: "nothing of it is applied yet: it, or what it comes after, can't be understood" };
  return unit;
}

/** Declined or rolled back, or cancelled because of nothing else. */
export function decidedUnits({ units }: Delivery, endings: Ended['endings']): Set<string> {
  const decided = new Set<string>();
  const outcome = (path: string): Outcome => endings.get(path)?.outcome ?? 'cancelled';
  const isDecided = (unit: DeliveryUnit): boolean => {
    if (outcome(unit.path) === 'declined' || outcome(unit.path) === 'rolled-back') return true;
    const causes = unit.after.filter((path) => !endedWell(outcome(path)));
    return outcome(unit.path) === 'cancelled' && causes.length > 0 && causes.every((path) => decided.has(path));
  };
  // Each comes after what it depends on.
  for (const unit of units) if (isDecided(unit)) decided.add(unit.path);
  return decided;
}
