import fc from 'fast-check';
import { findCycle } from '../../../src/discovery/graph/find-cycle.ts';
import { nearestChosen } from '../../../src/discovery/graph/nearest-chosen.ts';
import { reachable } from '../../../src/discovery/graph/reachable.ts';
import { reversed } from '../../../src/discovery/graph/reversed.ts';
import { topologicalOrder } from '../../../src/discovery/graph/topological-order.ts';

type Graph = Map<string, string[]>;
const byName = (a: string, b: string) => (a < b ? -1 : 1);
const graphOf = (edges: [number, number][], size: number): Graph => {
  const graph: Graph = new Map(Array.from({ length: size }, (_, vertex) => [`v${vertex}`, []]));
  for (const [from, to] of edges) graph.get(`v${from % size}`)?.push(`v${to % size}`);
  return graph;
};
const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 });
const anyGraph = edges.map((list) => graphOf(list, 12));
const acyclicGraph = edges.map((list) =>
  graphOf(
    list.filter(([from, to]) => from > to),
    12,
  ),
);

test('a cycle is found exactly when there is no order', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const cycle = findCycle(graph);
      expect(cycle === undefined).toBe(topologicalOrder(graph, byName) !== undefined);
      if (cycle === undefined) return;
      expect(cycle[0]).toBe(cycle.at(-1));
      for (const [index, vertex] of cycle.slice(1).entries())
        expect(graph.get(cycle[index] as string)).toContain(vertex);
    }),
  );
});

test('an order puts each vertex after what it points to', () => {
  fc.assert(
    fc.property(acyclicGraph, (graph) => {
      const order = topologicalOrder(graph, byName) ?? [];
      expect([...order].sort()).toEqual([...graph.keys()].sort());
      for (const [vertex, targets] of graph)
        for (const target of targets) expect(order.indexOf(target)).toBeLessThan(order.indexOf(vertex));
    }),
  );
});

test('the nearest chosen vertices lead to exactly the chosen ones that can be reached', () => {
  fc.assert(
    fc.property(acyclicGraph, fc.uniqueArray(fc.nat(11), { maxLength: 12 }), (graph, picked) => {
      const chosen = new Set(picked.map((vertex) => `v${vertex}`));
      const nearest = nearestChosen(graph, chosen);
      for (const vertex of chosen) {
        const wanted = [...reachable(graph, [vertex])].filter((target) => chosen.has(target)).sort();
        expect([...reachable(nearest, [vertex])].sort()).toEqual(wanted);
      }
    }),
  );
});

test('a graph turned round twice is the same graph', () => {
  fc.assert(
    fc.property(acyclicGraph, (graph) => {
      const sorted = new Map([...graph].map(([vertex, targets]) => [vertex, [...targets].sort()]));
      expect(reversed(reversed(graph))).toEqual(sorted);
    }),
  );
});
