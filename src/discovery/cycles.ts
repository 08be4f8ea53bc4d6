/** Units that depend on each other in a circle. */
import { DiscoveryError } from '../errors.ts';
import type { Discovered } from './discover.ts';
import { findCycle } from './graph/find-cycle.ts';
import { reachable } from './graph/reachable.ts';
import { reversed } from './graph/reversed.ts';

/** They can't be put in order: that is a problem of each of them. Where circles cross, each unit is told of one that it is in. */
export function noteCycles(units: ReadonlyMap<string, Discovered>): void {
  const edges = new Map([...units].map(([path, { unit }]) => [path, unit.dependencies]));
  for (let cycle = findCycle(edges); cycle !== undefined; cycle = findCycle(edges)) {
    const [start = ''] = cycle;
    const readers = reachable(reversed(edges), [start]);
    const all = [...reachable(edges, [start])].filter((path) => readers.has(path));
    note(cycle, units);
    for (const path of all) if (!cycle.includes(path)) note(cycleThrough(path, edges), units);
    for (const path of all) edges.delete(path);
  }
}

/** The shortest, with its start at its end, too. @param start a vertex that is in a cycle */
function cycleThrough(start: string, edges: ReadonlyMap<string, readonly string[]>): string[] {
  const from = new Map<string, string>();
  const open = [start];
  for (const vertex of open)
    for (const target of edges.get(vertex) ?? []) {
      if (from.has(target)) continue;
      from.set(target, vertex);
      if (target !== start) open.push(target);
      else {
        const cycle = [start];
        for (let at = vertex; at !== start; at = from.get(at) ?? start) cycle.unshift(at);
        return [start, ...cycle];
      }
    }
  throw new RangeError(`${start} is in no cycle`);
}

function note(cycle: readonly string[], units: ReadonlyMap<string, Discovered>): void {
  const problem = new DiscoveryError(
    `The units depend on each other in a circle: ${cycle.join(' → ')}; remove one of these dependencies, or list it under ignoredDependencies in the configuration.`,
  );
  for (const path of cycle) {
    const one = units.get(path);
    if (one) one.problem ??= problem;
  }
}
