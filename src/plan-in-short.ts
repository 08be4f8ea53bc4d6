/** What a plan does, in few words that are the same everywhere: `+1 ~0 -2, 1 moved, outputs: address, 2 warnings`. */
import type { Counts } from './model.ts';
import { shown } from './plain-text.ts';

/** What happens to resources: the first three are always said, and so is whatever else there is of. */
export const effects = [
  { of: 'add', sign: '+', words: 'to add' },
  { of: 'change', sign: '~', words: 'to change' },
  { of: 'destroy', sign: '-', words: 'to destroy' },
  { of: 'move', sign: null, words: 'moved' },
  { of: 'import', sign: null, words: 'imported' },
  { of: 'forget', sign: null, words: 'forgotten' },
] as const satisfies readonly { of: keyof Counts; sign: string | null; words: string }[];

export type Effect = (typeof effects)[number];

export interface ShownPlan {
  counts: Counts;
  outputsChanged?: readonly string[];
  warnings?: readonly string[];
}

const mostOutputs = 5;

/** @param paint colours what a plan does to `count` resources. */
export function planInShort(
  { counts, outputsChanged = [], warnings = [] }: ShownPlan,
  paint: (text: string, effect: Effect, count: number) => string = (text) => text,
): string {
  const [signed, named] = [effects.filter(({ sign }) => sign !== null), effects.filter(({ sign }) => sign === null)];
  const one = (text: string, effect: Effect) => paint(text, effect, counts[effect.of]);
  return [
    signed.map((effect) => one(`${effect.sign}${counts[effect.of]}`, effect)).join(' '),
    ...named
      .filter((effect) => counts[effect.of] > 0)
      .map((effect) => one(`${counts[effect.of]} ${effect.words}`, effect)),
    ...(outputsChanged.length > 0 ? [`outputs: ${outputsChanged.slice(0, mostOutputs).map(shown).join(', ')}`] : []),
    ...(outputsChanged.length > mostOutputs ? [`… and ${outputsChanged.length - mostOutputs} more`] : []),
    ...(warnings.length > 0 ? [warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`] : []),
  ].join(', ');
}
