/** Plans and what rollbacks would do, for people. */
import { previewInWords, type RollbackPreview } from '../approval/rollback-preview.ts';
import { plain } from '../plain-text.ts';
import { type Effect, planInShort, type ShownPlan } from '../plan-in-short.ts';
import { type Colour, coloured } from './print.ts';

const effectColours: Record<Effect['of'], Colour> = {
  add: 'green',
  change: 'yellow',
  destroy: 'red',
  move: 'cyan',
  import: 'cyan',
  forget: 'magenta',
};

export function planOnTerminal(plan: ShownPlan): string {
  return planInShort(plan, (text, { of }, count) => coloured(count > 0 ? effectColours[of] : 'dim', text));
}

/** What a rollback choice would do, indented. @param most units of each kind */
export function previewOnTerminal(preview: RollbackPreview, most?: number): string[] {
  return previewInWords(preview, most).map((line) => `  ${plain(line)}`);
}
