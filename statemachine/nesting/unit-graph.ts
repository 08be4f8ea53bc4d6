/**
 * Units as numbers, in an order in which each follows everything that it comes after, and the two ways in which a set of
 * them splits without making any unit wait in vain.
 */

/** Each unit with the units that it comes after. */
export type Order = ReadonlyMap<string, readonly string[]>;

/** Some of a graph's units, ascending, with every unit that lies between two of them. */
export type Piece = readonly number[];

export interface UnitGraph {
  /** For each unit those that it comes after, and those that come after it, as the order states them. */
  earlier: readonly (readonly number[])[];
  later: readonly (readonly number[])[];
  /** The same, directly or not: a bit for each unit. */
  ancestors: readonly Uint32Array[];
  descendants: readonly Uint32Array[];
}

/** @param order lists each unit behind those that it comes after; those outside of it are ignored */
export function unitGraph(order: Order): UnitGraph {
  const places = new Map([...order.keys()].map((unit, place) => [unit, place]));
  const earlier = [...order.values()].map((after) =>
    after.flatMap((unit) => {
      const place = places.get(unit);
      return place === undefined ? [] : [place];
    }),
  );
  const later: number[][] = earlier.map(() => []);
  for (const [unit, after] of earlier.entries()) for (const other of after) later[other]?.push(unit);
  const ascending = [...earlier.keys()];
  return {
    earlier,
    later,
    ancestors: closure(earlier, ascending),
    descendants: closure(later, ascending.reverse()),
  };
}

/** What each unit reaches; `order` has the targets of a unit before it. */
function closure(edges: readonly (readonly number[])[], order: readonly number[]): Uint32Array[] {
  const rows = edges.map(() => new Uint32Array((edges.length + 31) >> 5));
  for (const unit of order) {
    const row = rows[unit] as Uint32Array;
    for (const target of edges[unit] ?? []) {
      const reached = rows[target] as Uint32Array;
      for (let word = 0; word < row.length; word++) row[word] = (row[word] as number) | (reached[word] as number);
      add(row, target);
    }
  }
  return rows;
}

function add(row: Uint32Array, unit: number): void {
  row[unit >> 5] = (row[unit >> 5] as number) | (1 << (unit & 31));
}

/** The parts that no path connects, in the order of their first units. */
export function components({ earlier, later }: UnitGraph, piece: Piece): Piece[] {
  const [outside, open] = [-1, -2];
  const part = new Int32Array(earlier.length).fill(outside);
  for (const unit of piece) part[unit] = open;
  const parts: number[][] = [];
  const reached: number[] = [];
  const reach = (units: readonly number[]) => {
    for (const unit of units) {
      if (part[unit] !== open) continue;
      part[unit] = parts.length - 1;
      reached.push(unit);
    }
  };
  for (const start of piece) {
    if (part[start] !== open) continue;
    parts.push([]);
    reach([start]);
    for (let unit = reached.pop(); unit !== undefined; unit = reached.pop()) {
      reach(earlier[unit] as number[]);
      reach(later[unit] as number[]);
    }
  }
  for (const unit of piece) parts[part[unit] as number]?.push(unit);
  return parts;
}

/**
 * The smallest parts of which each comes wholly before the next. Sorted by their number of ancestors, the units of a first part
 * come first. The first k of n come before all others exactly when the pairs from one side to the other are k · (n - k), and
 * these pairs are what the first k have in descendants less what they have in ancestors: pairs among themselves are in both.
 */
export function consecutive(graph: UnitGraph, piece: Piece): Piece[] {
  const inside = new Uint32Array((graph.earlier.length + 31) >> 5);
  for (const unit of piece) add(inside, unit);
  const ancestors = piece.map((unit) => common(graph.ancestors[unit] as Uint32Array, inside));
  const byAncestors = [...piece.keys()].sort((a, b) => (ancestors[a] as number) - (ancestors[b] as number));
  const parts: number[][] = [[]];
  let pairs = 0;
  for (let before = 1; before <= piece.length; before++) {
    const place = byAncestors[before - 1] as number;
    const unit = piece[place] as number;
    parts.at(-1)?.push(unit);
    pairs += common(graph.descendants[unit] as Uint32Array, inside) - (ancestors[place] as number);
    if (before < piece.length && pairs === before * (piece.length - before)) parts.push([]);
  }
  return parts.map((part) => part.sort((a, b) => a - b));
}

/** How many bits two rows have in common. */
function common(row: Uint32Array, mask: Uint32Array): number {
  let count = 0;
  for (let word = 0; word < mask.length; word++) {
    let bits = (row[word] as number) & (mask[word] as number);
    if (bits === 0) continue;
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
