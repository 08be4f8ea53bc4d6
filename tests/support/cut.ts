import fc from 'fast-check';

/** Lengths of the pieces in which a text comes. */
export const pieceLengths = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));

/** A text in pieces of these lengths. */
export function* cut(text: string, lengths: Iterable<number>): Generator<string> {
  let at = 0;
  for (const length of lengths) {
    if (at >= text.length) return;
    yield text.slice(at, at + length);
    at += length;
  }
}
