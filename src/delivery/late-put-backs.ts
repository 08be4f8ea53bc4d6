/**
 * A commit that puts units back is right for what was applied when it was made. By the time that somebody merges it, a later delivery may have
 * applied newer code of a unit, or destroyed it: this is not taken back, destroyed or made anew for a proposal that knew nothing of it. The unit stays as it is,
 * is left out of deliveries for as long as git says the same of it, and is carried, so that git is brought back to what is applied. Pure.
 */
import type { ChangeSet, Delivery } from '../model.ts';
import { ownValue } from '../own-value.ts';
import type { Applied } from './applied.ts';
import { fingerprintsOf } from './fingerprints.ts';
import type { CarriedUnit } from './pointer.ts';
import type { SyncRecord } from './sync-record.ts';

export interface InTime {
  changeSet: ChangeSet;
  /** Delivered with it. */
  carried: CarriedUnit[];
  /** Put back too late, now or earlier: carried further, and not delivered. */
  held: CarriedUnit[];
}

/** @param records what was done after the deliveries that the change set's `putBacks` name */
export function inTime(
  changeSet: ChangeSet,
  carried: readonly CarriedUnit[],
  applied: Applied,
  records: ReadonlyMap<string, SyncRecord>,
): InTime {
  const codeOf = fingerprintsOf(changeSet.graph);
  const held = new Map<string, CarriedUnit>();
  for (const unit of carried) if (unit.held === codeOf(unit.path)) held.set(unit.path, unit);
  for (const { delivery, units } of changeSet.putBacks ?? []) {
    const madeFor = records.get(delivery)?.applied ?? {};
    for (const path of units) {
      const before = ownValue(madeFor, path);
      const record = ownValue(applied.units, path);
      if (before === undefined || !isNewer(record, before, codeOf(path))) continue;
      const since = record?.commit === null ? 'it has been destroyed' : 'newer code has been applied';
      const reason = `it was put back after ${delivery}, and ${since} since then: it stays as it is`;
      // What it reads may be applied while it is left out.
      held.set(path, { path, reason, stale: true, deleted: null, held: codeOf(path) });
    }
  }
  const goes = ({ path }: { path: string }) => !held.has(path);
  return {
    changeSet: { ...changeSet, touched: changeSet.touched.filter(goes) },
    carried: carried.filter(goes).map(({ held: _, ...unit }) => unit),
    held: [...held.values()],
  };
}

/**
 * @param before the commit that was applied when the unit was put back
 * @param code its fingerprint at the head; null when it is gone there
 */
function isNewer(record: Applied['units'][string] | undefined, before: string | null, code: string | null): boolean {
  // Of what has moved, nothing has been applied where it lies now.
  if (record === undefined || record.commit === before || record.directory !== undefined) return false;
  // What was destroyed since then is not made anew for it, either.
  if (record.commit === null) return record.half === null && code !== null;
  return record.fingerprint !== code;
}

/** The delivery without units that must stay as they are, which others may have brought in. */
export function withoutHeld(delivery: Delivery, held: readonly CarriedUnit[]): Delivery {
  const paths = new Set(held.map(({ path }) => path));
  const units = delivery.units
    .filter(({ path }) => !paths.has(path))
    .map((unit) => ({ ...unit, after: unit.after.filter((path) => !paths.has(path)) }));
  return { ...delivery, units };
}
