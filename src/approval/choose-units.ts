/** Which units a rollback choice means. Pure. */
import type { Delivery, RollbackChoice } from '../model.ts';

export interface Situation {
  delivery: Delivery;
  /** Units that an apply of this delivery has changed, or may have. */
  modified: readonly string[];
  /** Units that were declined, failed or expired. */
  troubled: readonly string[];
}

/**
 * `current`: the troubled units as far as they are modified. `dependencies`: those, and what they depend on and this
 * delivery applied. `all`: whatever is modified. `selective`: of the listed ones those that are modified.
 * @returns paths in the delivery's order.
 */
export function chooseUnits(choice: RollbackChoice, listed: readonly string[], situation: Situation): string[] {
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
  const chosen = wanted();
  return modified.filter((path) => chosen.has(path));
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
