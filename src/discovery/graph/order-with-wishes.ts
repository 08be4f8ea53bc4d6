/**
 * An order in which each vertex follows all that it must follow and, as far as that allows, all that it would like to follow. A wish is
 * given up only where it lies on a circle:
 *
 * 1. Whatever follows nothing that is still open comes next.
 * 2. When there is no such vertex, every open one is on a circle or behind one. A set of circles that nothing outside of it holds back is
 *    looked for; of its vertices that must follow none of the others, the one with the fewest wishes gives these up. Back to 1.
 */
import { reachable } from './reachable.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

export interface OrderWithWishes {
  /** Each vertex with what it follows, listed behind those. */
  order: Map<string, string[]>;
  /** Vertices that come before some that they would like to follow, with these. */
  givenUp: Map<string, string[]>;
}

/**
 * @param must has every vertex, and no circle. Targets that are none of its vertices are ignored.
 * @throws RangeError when what must be is a circle
 */
export function orderWithWishes(must: Graph, wishes: Graph): OrderWithWishes {
  const wanted = new Map(
    [...must].map(([vertex, targets]) => {
      const all = [...targets, ...(wishes.get(vertex) ?? [])];
      return [vertex, [...new Set(all)].filter((target) => target !== vertex && must.has(target))];
    }),
  );
  const open = new Map(wanted);
  const result: OrderWithWishes = { order: new Map(), givenUp: new Map() };
  const isOpen = (target: string) => open.has(target);
  const take = (vertex: string, follows: string[]) => {
    result.order.set(vertex, follows);
    open.delete(vertex);
  };
  while (open.size > 0) {
    const next = [...open].filter(([, targets]) => !targets.some(isOpen));
    for (const [vertex, targets] of next) take(vertex, targets);
    if (next.length > 0) continue;
    const vertex = freest(circlesAlone(open), must, open);
    const targets = open.get(vertex) ?? [];
    result.givenUp.set(vertex, targets.filter(isOpen));
    take(
      vertex,
      targets.filter((target) => !isOpen(target)),
    );
  }
  return result;
}

/** Open vertices of which each leads to each, and none to any other. */
function circlesAlone(open: Graph): Set<string> {
  const inside = new Map([...open].map(([vertex, targets]) => [vertex, targets.filter((target) => open.has(target))]));
  let found = reachable(inside, inside.keys());
  for (;;) {
    const smaller = [...found].map((vertex) => reachable(inside, [vertex])).find(({ size }) => size < found.size);
    if (smaller === undefined) return found;
    found = smaller;
  }
}

function freest(circles: ReadonlySet<string>, must: Graph, open: Graph): string {
  const among = (targets: readonly string[] = []) => targets.filter((target) => circles.has(target)).length;
  const free = [...open.keys()].filter(
    (vertex) => circles.has(vertex) && among(must.get(vertex)?.filter((target) => target !== vertex)) === 0,
  );
  const [first, ...others] = free;
  if (first === undefined) throw new RangeError(`${[...circles].join(', ')} must follow each other in a circle`);
  return others.reduce((best, one) => (among(open.get(one)) < among(open.get(best)) ? one : best), first);
}
