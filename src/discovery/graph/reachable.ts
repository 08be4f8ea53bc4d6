/** All vertices that can be reached from `start` along the graph's edges, without those in `start` that nothing leads to. */
export function reachable(graph: ReadonlyMap<string, readonly string[]>, start: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const open = [...start];
  for (let vertex = open.pop(); vertex !== undefined; vertex = open.pop())
    for (const target of graph.get(vertex) ?? []) {
      if (found.has(target)) continue;
      found.add(target);
      open.push(target);
    }
  return found;
}
