/** A cycle, first vertex repeated at the end, or undefined when there is none. Depth first, without recursion. */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  for (const start of graph.keys()) {
    if (finished.has(start)) continue;
    const trail = [{ vertex: start, next: 0 }];
    const onTrail = new Set([start]);
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const target = graph.get(top.vertex)?.[top.next++];
      if (target === undefined) {
        finished.add(top.vertex);
        onTrail.delete(top.vertex);
        trail.pop();
      } else if (onTrail.has(target)) {
        const vertices = trail.map((step) => step.vertex);
        return [...vertices.slice(vertices.indexOf(target)), target];
      } else if (!finished.has(target)) {
        onTrail.add(target);
        trail.push({ vertex: target, next: 0 });
      }
    }
  }
  return undefined;
}
