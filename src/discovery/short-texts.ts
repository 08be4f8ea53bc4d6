/** Texts in what is kept of a unit. Its code can make them of millions of characters, and there may be thousands of units. Pure. */
import { hash } from 'node:crypto';
import type { EvaluatedUnit } from './evaluate-unit.ts';
import { beginningOf } from './hcl/file.ts';

/**
 * The same unit, in which of a text that is too long is kept how it begins, and a digest: equal texts stay equal, and different ones different.
 * No file and no state has such a name. What a problem says is short already.
 */
export function withShortTexts(unit: EvaluatedUnit): EvaluatedUnit {
  const { writes, unknown, partly, reads } = unit.states;
  return {
    ...unit,
    links: unit.links.map(({ target, place }) => ({ target: short(target), place })),
    states: {
      writes: writes.map(short),
      unknown: unknown === undefined ? undefined : short(unknown),
      partly: partly.map(short),
      reads: reads.map(({ state, place }) => ({ state: short(state), place })),
    },
    doubts: unit.doubts.map((doubt) => ({
      ...doubt,
      message: short(doubt.message),
      below: doubt.below === undefined ? undefined : short(doubt.below),
    })),
  };
}

function short(text: string): string {
  const beginning = beginningOf(text);
  return beginning === text ? text : `${beginning} (${text.length} characters, SHA-256 ${hash('sha256', text)})`;
}
