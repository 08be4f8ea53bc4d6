/**
 * Where to cut a connected piece into a first part and a rest that waits for all of it.
 *
 * 1. A *clock* gives each unit a time, no unit an earlier one than those that it comes after. Units of about the same time
 *    share one of at most 12 ranks, of 8 where there are many; a cut lies between two ranks.
 * 2. A run of ranks falls into connected components, which may run side by side; each is cut in turn, wherever its two sides
 *    together are expected to end soonest. So the best cut of every component of every run of ranks is found from those of
 *    shorter runs, and in the end that of all ranks. Only this one is taken: the parts are looked at again, on their own.
 * 3. What runs side by side is expected to take a bit longer than its longest part, since no duration is sure: the root of
 *    the sum of the eighth powers. It tells apart what would otherwise be even, and prefers one risk to many.
 */
import type { Clock, Timed } from './clocks.ts';
import type { Piece } from './unit-graph.ts';

const [mostRanks, fewRanks] = [12, 8];
/** From so many units on, cuts are looked for less thoroughly. */
export const many = 256;

/** How long units take side by side: the root of the sum of their powers. */
export const sideBySide = {
  power: (seconds: number) => {
    const square = seconds * seconds;
    const fourth = square * square;
    return fourth * fourth;
  },
  seconds: (sum: number) => Math.sqrt(Math.sqrt(Math.sqrt(sum))),
};

/** The two sides of the best cut by any of the clocks; of equal ones the first. */
export function bestCut(piece: Piece, by: Timed, clocks: readonly Clock[]): [Piece, Piece] {
  let best = { expected: Number.POSITIVE_INFINITY, last: 0, ranks: [] as readonly number[] };
  for (const clock of clocks) {
    const ranks = ranksOf(clock(by));
    const cut = new Search(by, ranks).best();
    if (cut.expected < best.expected) best = { ...cut, ranks };
  }
  const isFirst = (_: number, place: number) => (best.ranks[place] as number) <= best.last;
  return [piece.filter(isFirst), piece.filter((unit, place) => !isFirst(unit, place))];
}

/** Equal times share a rank; when there are more times than ranks, neighbours do. */
function ranksOf(times: readonly number[]): number[] {
  const sorted = Float64Array.from(times).sort();
  const distinct = sorted.filter((time, index) => time !== sorted[index - 1]);
  const count = Math.min(distinct.length, times.length > many ? fewRanks : mostRanks);
  const starts = Array.from({ length: count }, (_, rank) => distinct[Math.ceil((rank * distinct.length) / count)]);
  return times.map((time) => starts.findLastIndex((start = 0) => start <= time));
}

/** The components of a run of ranks: a unit of each, and how long it is expected to take, as `sideBySide` sums it. */
interface Run {
  units: readonly number[];
  powers: Float64Array;
}

interface Cut {
  /** The last rank of the first side. */
  last: number;
  expected: number;
}

/** Finds the best cut of a piece. All that it notes about units is noted in arrays that are made once. */
class Search {
  readonly #by: Timed;
  readonly #ranks: readonly number[];
  /** By first and last rank. */
  readonly #runs: Run[][] = [];
  /** Which units of a run belong together: a forest, in which every tree's root stands for all of it. */
  readonly #parents: Int32Array;
  /** Where a root stands among those of its run. */
  readonly #places: Int32Array;
  readonly #before: Float64Array;
  readonly #behind: Float64Array;

  constructor(by: Timed, ranks: readonly number[]) {
    this.#by = by;
    this.#ranks = ranks;
    this.#parents = new Int32Array(ranks.length);
    this.#places = new Int32Array(ranks.length);
    this.#before = new Float64Array(ranks.length);
    this.#behind = new Float64Array(ranks.length);
  }

  /** None is any good when all of the piece has one rank. */
  best(): Cut {
    const byRank: number[][] = Array.from({ length: Math.max(...this.#ranks) + 1 }, () => []);
    for (let unit = 0; unit < this.#ranks.length; unit++) byRank[this.#ranks[unit] as number]?.push(unit);
    let cut: Cut = { last: 0, expected: Number.POSITIVE_INFINITY };
    for (let first = byRank.length - 1; first >= 0; first--) {
      const runs: Run[] = [];
      this.#runs[first] = runs;
      for (const units of byRank.slice(first)) for (const unit of units) this.#parents[unit] = unit;
      let units: number[] = [];
      for (let last = first; last < byRank.length; last++) {
        const added = byRank[last] as number[];
        this.#join(added, first);
        units = this.#roots(units, added);
        if (first === last) runs[last] = this.#inOneRank(units, added);
        else cut = this.#inRanks(units, first, last);
      }
    }
    return cut;
  }

  #join(added: readonly number[], first: number): void {
    for (const unit of added)
      for (const other of this.#by.earlier[unit] as number[])
        if ((this.#ranks[other] as number) >= first) this.#parents[this.#root(other)] = this.#root(unit);
  }

  /** The units that stand for a component, of those that did before and those that were added. */
  #roots(before: readonly number[], added: readonly number[]): number[] {
    const roots: number[] = [];
    for (const unit of before) if (this.#parents[unit] === unit) roots.push(unit);
    for (const unit of added) if (this.#parents[unit] === unit) roots.push(unit);
    return roots;
  }

  #root(unit: number): number {
    const parents = this.#parents;
    let root = unit;
    while (parents[root] !== root) root = parents[root] as number;
    for (let next = unit; next !== root; ) {
      const above = parents[next] as number;
      parents[next] = root;
      next = above;
    }
    return root;
  }

  /** Inside of one rank nothing is cut yet: its components take as long as their longest path. */
  #inOneRank(units: readonly number[], all: readonly number[]): Run {
    const [ends, longest] = [this.#before, this.#behind];
    for (const unit of all) ends[unit] = longest[unit] = 0;
    for (const unit of all) {
      let start = 0;
      for (const other of this.#by.earlier[unit] as number[])
        if (this.#ranks[other] === this.#ranks[unit]) start = Math.max(start, ends[other] as number);
      const end = start + (this.#by.seconds[unit] as number);
      const root = this.#root(unit);
      ends[unit] = end;
      longest[root] = Math.max(longest[root] as number, end);
    }
    return { units, powers: Float64Array.from(units, (unit) => sideBySide.power(longest[unit] as number)) };
  }

  /** Notes for each component of several ranks the best of all cuts in it. Answers with that of the first component. */
  #inRanks(units: readonly number[], first: number, last: number): Cut {
    const expected = new Float64Array(units.length).fill(Number.POSITIVE_INFINITY);
    const [before, behind] = [this.#before, this.#behind];
    let cutOfFirst = first;
    for (let index = 0; index < units.length; index++) this.#places[units[index] as number] = index;
    for (let cut = first; cut < last; cut++) {
      this.#sum(before, units.length, this.#runs[first]?.[cut] as Run);
      this.#sum(behind, units.length, this.#runs[cut + 1]?.[last] as Run);
      for (let index = 0; index < units.length; index++) {
        const seconds = sideBySide.seconds(before[index] as number) + sideBySide.seconds(behind[index] as number);
        if (seconds >= (expected[index] as number)) continue;
        expected[index] = seconds;
        if (index === 0) cutOfFirst = cut;
      }
    }
    (this.#runs[first] as Run[])[last] = { units, powers: expected.map(sideBySide.power) };
    return { last: cutOfFirst, expected: expected[0] as number };
  }

  /** For each component of the run at hand, the sum over those of a shorter run that belong to it. */
  #sum(sums: Float64Array, count: number, { units, powers }: Run): void {
    sums.fill(0, 0, count);
    for (let index = 0; index < units.length; index++) {
      const place = this.#places[this.#root(units[index] as number)] as number;
      sums[place] = (sums[place] as number) + (powers[index] as number);
    }
  }
}
