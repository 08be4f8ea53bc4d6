/**
 * Splits a dependency graph into nested sequences and parallels, the only shapes that Step Functions has, so that the whole
 * ends as soon as possible.
 *
 * For a set of units:
 * 1. Units that no path of dependencies connects run in parallel: one branch for each connected component.
 * 2. A component in which one part comes wholly before another is a sequence of those parts. Nothing waits in vain so far.
 * 3. What is left has no exact nesting (the smallest such graph is shaped like an N). It is cut into a first part and a rest
 *    that waits for all of it, and both are split again from 1. `best-cut.ts` finds the cut:
 *    - between two waves. A unit then waits in vain only for units for which it would wait in plain waves, too, and the
 *      nesting never takes longer than those, however long each unit takes. Nothing but cuts between waves can promise that:
 *      with two units of a wave one after the other it takes longer when only these two take any time.
 *    - where durations are known, anywhere else as well. Such a nesting is taken when it is shorter, and by those durations
 *      surely shorter than plain waves.
 */
import { bestCut, many, sideBySide } from './best-cut.ts';
import { type Clock, clockBetween, type Timed, timed, waveOf } from './clocks.ts';
import type { Group } from './group.ts';
import { components, consecutive, type Order, type Piece, type UnitGraph, unitGraph } from './unit-graph.ts';

/** How long a unit takes, in seconds; null when that isn't known. */
export type Seconds = (unit: string) => number | null;

/**
 * Undefined for a graph without units. Branches are in the order in which `order` lists their first units.
 * @param order lists each unit behind those that it comes after; units outside of it are ignored
 */
export function decompose(order: Order, seconds: Seconds = () => null): Group | undefined {
  const names = [...order.keys()];
  if (names.length === 0) return undefined;
  const known = names.map(seconds);
  const usual = median(known.filter((value) => value !== null)) ?? 1;
  const given = { names, known, seconds: known.map((value) => value ?? usual), graph: unitGraph(order) };
  return split([...names.keys()], given, byWavesOrClocks).group;
}

interface Given {
  names: readonly string[];
  graph: UnitGraph;
  known: readonly (number | null)[];
  /** The known durations, and the usual one for the others. */
  seconds: readonly number[];
}

interface Nested {
  group: Group;
  /** The longest path, in seconds. */
  longest: number;
  /** The same with what runs side by side as `sideBySide` expects it. */
  expected: number;
}

/** Nests a connected piece that has no exact nesting. */
type Cutter = (piece: Piece, given: Given) => Nested;

function split(piece: Piece, given: Given, cut: Cutter): Nested {
  const [first = 0] = piece;
  if (piece.length === 1) {
    const seconds = given.seconds[first] as number;
    return { group: { kind: 'unit', unit: given.names[first] as string }, longest: seconds, expected: seconds };
  }
  const branches = components(given.graph, piece);
  if (branches.length > 1) return parallel(branches.map((branch) => split(branch, given, cut)));
  const parts = consecutive(given.graph, piece);
  return parts.length > 1 ? sequence(parts.map((part) => split(part, given, cut))) : cut(piece, given);
}

function parallel(branches: readonly Nested[]): Nested {
  return {
    group: { kind: 'parallel', groups: branches.map(({ group }) => group) },
    longest: Math.max(...branches.map(({ longest }) => longest)),
    expected: sideBySide.seconds(branches.reduce((sum, { expected }) => sum + sideBySide.power(expected), 0)),
  };
}

function sequence(parts: readonly Nested[]): Nested {
  return {
    group: {
      kind: 'sequence',
      groups: parts.flatMap(({ group }) => (group.kind === 'sequence' ? group.groups : [group])),
    },
    longest: parts.reduce((sum, { longest }) => sum + longest, 0),
    expected: parts.reduce((sum, { expected }) => sum + expected, 0),
  };
}

/** Cuts by the best of the clocks, and the parts likewise. */
const cutBy = (clocksFor: (units: number) => readonly Clock[]): Cutter => {
  const cut: Cutter = (piece, given) => {
    const sides = bestCut(piece, timed(piece, given.graph, given.seconds), clocksFor(piece.length));
    return sequence(sides.map((side) => split(side, given, cut)));
  };
  return cut;
};

const byWaves = cutBy(() => [waveOf]);
const allClocks = [waveOf, clockBetween(0.5), clockBetween(1), clockBetween(2)];
const fewClocks = [waveOf, clockBetween(1)];
const byClocks = cutBy((units) => (units > many ? fewClocks : allClocks));

/** So much shorter than plain waves must be what depends on durations, since they are never the same again. */
const surely = 1.2;

const byWavesOrClocks: Cutter = (piece, given) => {
  const safe = byWaves(piece, given);
  const known = piece.filter((unit) => given.known[unit] !== null);
  if (known.length * 2 < piece.length) return safe;
  const quick = byClocks(piece, given);
  const isSure = quick.longest * surely <= secondsInWaves(timed(piece, given.graph, given.seconds));
  return isSure && quick.expected < safe.expected ? quick : safe;
};

function secondsInWaves(piece: Timed): number {
  const longest: number[] = [];
  for (const [unit, wave] of waveOf(piece).entries())
    longest[wave] = Math.max(longest[wave] ?? 0, piece.seconds[unit] as number);
  return longest.reduce((sum, seconds) => sum + seconds, 0);
}

function median(values: number[]): number | undefined {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
