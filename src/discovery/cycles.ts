/** Units that depend on each other in a circle. */
import { DiscoveryError } from '../errors.ts';
import type { Discovered } from './discover.ts';
import { findCycle } from './graph/find-cycle.ts';

/** They can't be put in order: that is a problem of each of them, and the same one. Of two circles that cross, the first found counts. */
export function noteCycles(units: ReadonlyMap<string, Discovered>): void {
  const edges = new Map([...units].map(([path, { unit }]) => [path, unit.dependencies]));
  for (let cycle = findCycle(edges); cycle !== undefined; cycle = findCycle(edges)) {
    const problem = new DiscoveryError(
      `The units depend on each other in a circle: ${cycle.join(' → ')}; remove one of these dependencies.`,
    );
    for (const path of cycle) {
      const one = units.get(path);
      if (one) one.problem ??= problem;
      edges.delete(path);
    }
  }
}
