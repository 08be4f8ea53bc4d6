import fc from 'fast-check';
import { findCycle } from '../../../src/discovery/graph/find-cycle.ts';
import { nearestChosen } from '../../../src/discovery/graph/nearest-chosen.ts';
import { orderWithWishes } from '../../../src/discovery/graph/order-with-wishes.ts';
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

describe('an order with wishes', () => {
  const bothOf = (must: Graph, wishes: Graph): Graph =>
    new Map([...must].map(([vertex, targets]) => [vertex, [...targets, ...(wishes.get(vertex) ?? [])]]));
  const withoutItself = (graph: Graph): Graph =>
    new Map([...graph].map(([vertex, targets]) => [vertex, targets.filter((target) => target !== vertex)]));

  test('puts each vertex after all that it must follow, and after all that it wishes and was not given up', () => {
    fc.assert(
      fc.property(acyclicGraph, anyGraph.map(withoutItself), (must, wishes) => {
        const { order, givenUp } = orderWithWishes(must, wishes);
        const places = [...order.keys()];
        expect([...places].sort()).toEqual([...must.keys()].sort());
        for (const [vertex, targets] of bothOf(must, wishes))
          for (const target of targets) {
            const isGivenUp = !must.get(vertex)?.includes(target) && givenUp.get(vertex)?.includes(target);
            expect(places.indexOf(target) < places.indexOf(vertex)).toBe(!isGivenUp);
            expect(order.get(vertex)?.includes(target)).toBe(!isGivenUp);
          }
      }),
    );
  });

  test('gives up only what lies on a circle', () => {
    fc.assert(
      fc.property(acyclicGraph, anyGraph.map(withoutItself), (must, wishes) => {
        const all = bothOf(must, wishes);
        for (const [vertex, targets] of orderWithWishes(must, wishes).givenUp)
          for (const target of targets) expect(reachable(all, [target]).has(vertex)).toBe(true);
      }),
    );
  });

  test('is refused where what must be is a circle', () => {
    expect(() =>
      orderWithWishes(
        new Map([
          ['a', ['b']],
          ['b', ['a']],
        ]),
        new Map(),
      ),
    ).toThrow('a, b must follow each other in a circle');
  });
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
