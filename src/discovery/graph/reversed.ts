/** The same vertices with every edge turned round; targets sorted. */
export function reversed(graph: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const result = new Map<string, string[]>([...graph.keys()].map((vertex) => [vertex, []]));
  for (const vertex of [...graph.keys()].sort())
    for (const target of graph.get(vertex) ?? []) {
      const sources = result.get(target);
      if (sources) sources.push(vertex);
      else result.set(target, [vertex]);
    }
  return result;
}
