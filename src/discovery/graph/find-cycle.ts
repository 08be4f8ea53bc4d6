/** A cycle, first vertex repeated at the end, or undefined when there is none. Depth first, without recursion. */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  for (const start of graph.keys()) {
    if (finished.has(start)) continue;
    const trail = [start];
    /** How many targets of each vertex on the trail have been looked at. */
    const looked = [0];
    const onTrail = new Set(trail);
    while (trail.length > 0) {
      const top = trail.length - 1;
      const vertex = trail[top] as string;
      const target = graph.get(vertex)?.[looked[top] as number];
      looked[top] = (looked[top] as number) + 1;
      if (target === undefined) {
        finished.add(vertex);
        onTrail.delete(vertex);
        trail.pop();
        looked.pop();
      } else if (finished.has(target)) continue;
      else if (onTrail.has(target)) return [...trail.slice(trail.indexOf(target)), target];
      else {
        onTrail.add(target);
        trail.push(target);
        looked.push(0);
      }
    }
  }
  return undefined;
}
