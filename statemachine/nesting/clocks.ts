/** Clocks: each gives every unit of a piece a time, none an earlier one than those that it comes after. */
import type { Piece, UnitGraph } from './unit-graph.ts';

/** A piece by itself: its units' places in it, the edges among them, and how long each takes. */
export interface Timed {
  earlier: readonly (readonly number[])[];
  seconds: readonly number[];
}

export type Clock = (piece: Timed) => number[];

/** When each unit of a piece can end at the earliest. */
export function earliestEnds({ earlier, seconds }: Timed): number[] {
  const ends: number[] = [];
  for (let unit = 0; unit < earlier.length; unit++) {
    let start = 0;
    for (const other of earlier[unit] as number[]) start = Math.max(start, ends[other] as number);
    ends.push(start + (seconds[unit] as number));
  }
  return ends;
}

/** How long it takes from the start of each unit to the end of all that comes after it. */
function remaining({ earlier, seconds }: Timed): number[] {
  const left = [...seconds];
  for (let unit = left.length - 1; unit >= 0; unit--)
    for (const other of earlier[unit] ?? [])
      left[other] = Math.max(left[other] as number, (seconds[other] as number) + (left[unit] as number));
  return left;
}

/** A unit's wave: cuts between waves make no unit wait for another that it would not wait for in waves. */
export const waveOf: Clock = ({ earlier, seconds }) => earliestEnds({ earlier, seconds: seconds.map(() => 1) });

/** Between the earliest and the latest moment at which a unit can run; the larger `late`, the later. */
export function clockBetween(late: number): Clock {
  return (piece) => {
    const left = remaining(piece);
    return earliestEnds(piece).map((end, unit) => end - late * (left[unit] as number));
  };
}

export function timed(piece: Piece, graph: UnitGraph, seconds: readonly number[]): Timed {
  const outside = -1;
  const places = new Int32Array(graph.earlier.length).fill(outside);
  for (let place = 0; place < piece.length; place++) places[piece[place] as number] = place;
  const inside = (unit: number) => {
    const found: number[] = [];
    for (const other of graph.earlier[unit] as number[])
      if (places[other] !== outside) found.push(places[other] as number);
    return found;
  };
  return { earlier: piece.map(inside), seconds: piece.map((unit) => seconds[unit] as number) };
}
