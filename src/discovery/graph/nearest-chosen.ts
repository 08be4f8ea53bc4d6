/**
 * For each chosen vertex, the chosen ones that it reaches first: an edge, or a path whose inner vertices are all not
 * chosen. Sorted. A → B → C with A and C chosen gives C for A.
 */
export function nearestChosen(
  graph: ReadonlyMap<string, readonly string[]>,
  chosen: ReadonlySet<string>,
): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const vertex of chosen) {
    const found = new Set<string>();
    const seen = new Set<string>();
    const open = [...(graph.get(vertex) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (chosen.has(next)) found.add(next);
      else open.push(...(graph.get(next) ?? []));
    }
    found.delete(vertex);
    result.set(vertex, [...found].sort());
  }
  return result;
}
