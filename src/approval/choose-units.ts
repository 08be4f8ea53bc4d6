/** Which units a rollback choice means. Pure. */
import { inRollbackOrder, plannedOnceMore, readBefore, rollbackOrder } from '../delivery/rollback-order.ts';
import type { Delivery, RollbackChoice } from '../model.ts';

export interface Situation {
  delivery: Delivery;
  /** Units that an apply of this delivery has changed, or may have. */
  modified: readonly string[];
  /** Units that were declined, failed or expired. */
  troubled: readonly string[];
  /** Units that have newer code, for which nothing had to be applied. */
  unchanged?: readonly string[];
}

export interface Chosen {
  /** Units that are rolled back, in the delivery's order. */
  units: string[];
  /** Units that were meant, and stay: they would be destroyed while the unit that is named here reads them and stays as well. */
  held: ReadonlyMap<string, string>;
}

/**
 * `current`: the troubled units as far as they are modified. `dependencies`: those, and what they depend on and this
 * delivery applied. `all`: whatever is modified. `selective`: of the listed ones those that are modified.
 *
 * With a unit comes what this delivery has destroyed and its older code reads: else it could not go back.
 */
export function chosenBy(choice: RollbackChoice, listed: readonly string[], situation: Situation): Chosen {
  const { delivery, modified, troubled } = situation;
  const wanted = (): ReadonlySet<string> => {
    switch (choice) {
      case 'none':
        return new Set();
      case 'current':
        return new Set(troubled);
      case 'dependencies':
        return withDependencies(delivery, troubled);
      case 'all':
        return new Set(modified);
      case 'selective':
        return new Set(listed);
    }
  };
  const meant = wanted();
  const chosen = new Set(modified.filter((path) => meant.has(path)));
  addDestroyed(chosen, situation);
  const held = holdWhatIsRead(chosen, situation);
  return { units: modified.filter((path) => chosen.has(path)), held };
}

/** What a rollback choice would do if it were carried out now. */
export interface Reach {
  /** In the order in which it would be done. */
  units: string[];
  /** Units that would be destroyed, and stay, each with what reads it and stays. */
  held: ReadonlyMap<string, string>;
  /** Of the units, those that the next delivery plans once more. */
  again: string[];
  /** Dependents that would stay applied. */
  left: string[];
}

export function reachOf(choice: RollbackChoice, listed: readonly string[], situation: Situation): Reach {
  const { units, held } = chosenBy(choice, listed, situation);
  const order = rollbackOrder(situation.delivery);
  const again = plannedOnceMore(order, units);
  return { units: inRollbackOrder(order, units), held, again, left: leftBehind(units, situation) };
}

export function chooseUnits(choice: RollbackChoice, listed: readonly string[], situation: Situation): string[] {
  return chosenBy(choice, listed, situation).units;
}

function addDestroyed(chosen: Set<string>, { delivery }: Situation): void {
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  for (const path of chosen) {
    const unit = units.get(path);
    if (unit) for (const read of readBefore(unit)) if (units.get(read)?.deleted) chosen.add(read);
  }
}

/** Takes out what would be destroyed while something that stays reads it; that may hold others in turn. */
function holdWhatIsRead(chosen: Set<string>, { delivery, modified, unchanged = [] }: Situation): Map<string, string> {
  const held = new Map<string, string>();
  const newer = new Set([...modified, ...unchanged]);
  const { readers } = rollbackOrder(delivery);
  for (let before = -1; before !== held.size; ) {
    before = held.size;
    for (const [path, all] of readers) {
      const holder = chosen.has(path) && all.find((reader) => newer.has(reader) && !chosen.has(reader));
      if (typeof holder !== 'string') continue;
      chosen.delete(path);
      held.set(path, holder);
    }
  }
  return held;
}

function withDependencies(delivery: Delivery, paths: readonly string[]): Set<string> {
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const reached = new Set(paths);
  for (const path of reached) for (const earlier of units.get(path)?.after ?? []) reached.add(earlier);
  return reached;
}

/** Dependents of chosen units that stay applied and so will read outputs of code that is older than they know. */
export function leftBehind(chosen: readonly string[], { delivery, modified }: Situation): string[] {
  const older = new Set(chosen);
  for (const { path, after } of delivery.units) if (after.some((earlier) => older.has(earlier))) older.add(path);
  const known = new Set(chosen);
  return modified.filter((path) => older.has(path) && !known.has(path));
}
