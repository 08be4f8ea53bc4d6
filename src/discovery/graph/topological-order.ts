/**
 * The vertices in an order in which each follows everything that it points to; of those that may come next, the
 * smallest by `compare` comes first. Undefined when there is a cycle.
 */
export function topologicalOrder(
  graph: ReadonlyMap<string, readonly string[]>,
  compare: (a: string, b: string) => number,
): string[] | undefined {
  const waiting = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const [vertex, targets] of graph) {
    const inside = targets.filter((target) => graph.has(target));
    waiting.set(vertex, inside.length);
    for (const target of inside) dependents.set(target, [...(dependents.get(target) ?? []), vertex]);
  }
  const ready = [...graph.keys()].filter((vertex) => waiting.get(vertex) === 0).sort((a, b) => compare(b, a));
  const order: string[] = [];
  for (let vertex = ready.pop(); vertex !== undefined; vertex = ready.pop()) {
    order.push(vertex);
    for (const dependent of dependents.get(vertex) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, left);
      if (left === 0) insert(ready, dependent, compare);
    }
  }
  return order.length === graph.size ? order : undefined;
}

/** `ready` is kept with the smallest at its end. */
function insert(ready: string[], vertex: string, compare: (a: string, b: string) => number): void {
  let low = 0;
  let high = ready.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(ready[middle] as string, vertex) > 0) low = middle + 1;
    else high = middle;
  }
  ready.splice(low, 0, vertex);
}
