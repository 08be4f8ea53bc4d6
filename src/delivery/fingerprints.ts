import type { Unit } from '../model.ts';

/** Of the units of a graph; null for one that isn't in it: its code is gone, or nobody knows it. */
export function fingerprintsOf(graph: readonly Unit[]): (path: string) => string | null {
  const known = new Map(graph.map(({ path, fingerprint }) => [path, fingerprint]));
  return (path) => known.get(path) ?? null;
}
