/** What the commit and the pull request say that put units back. All of it is made of text from outside, which must stay text. */
import type { Delivery } from '../model.ts';
import { plain, shown } from '../plain-text.ts';
import type { Left } from './put-back.ts';

/** Names the delivery after which a commit was made: the last line of its message. */
export const trailer = 'Live-CI-Delivery';

export interface PutBackUnit {
  path: string;
  base: string | null;
  because: string;
}

export interface SyncWords {
  delivery: Pick<Delivery, 'id' | 'branch' | 'head' | 'author' | 'subject'>;
  /** Sorted by path. */
  back: readonly PutBackUnit[];
  left: readonly Left[];
}

/** Heads the list of what could not be put back. */
const byHand = 'These are not applied either, and are to be put back by hand:';

export function title({ delivery, back }: SyncWords): string {
  return `live-ci: put back ${back.length} ${back.length === 1 ? 'unit' : 'units'} not delivered by ${delivery.id}`;
}

/** The delivery that such a title names. */
export function deliveryInTitle(subject: string): string | undefined {
  return /^live-ci: put back .* not delivered by ([0-9a-f]{12}-\d+)$/.exec(subject)?.[1];
}

export function message(words: SyncWords): string {
  const { delivery, back, left } = words;
  const rows = back.map(({ path, because }) => `- ${plain(path)}: ${plain(because)}`);
  const others = left.map(({ path, reason }) => `- ${plain(path)}: ${plain(reason)}`);
  const lists = [rows.join('\n'), ...(others.length > 0 ? [byHand, others.join('\n')] : [])];
  return `${title(words)}\n\n${lists.join('\n\n')}\n\n${trailer}: ${delivery.id}\n`;
}

export function pullRequestBody({ delivery, back, left }: SyncWords): string {
  const rows = back.map(
    ({ path, base, because }) => `| ${code(path)} | ${text(because)} | ${base?.slice(0, 12) ?? 'not there'} |`,
  );
  const others = left.map(({ path, reason }) => `- ${code(path)}: ${text(reason)}`);
  return [
    `Delivery \`${delivery.id}\` of ${delivery.head} (“${text(shown(delivery.subject))}” by ${text(shown(delivery.author))}) left these units as they were before.`,
    'Merging this makes the branch say what is applied. It is made anew after each delivery, and closed when nothing differs any more.',
    '',
    '| unit | why | put back to |',
    '| --- | --- | --- |',
    ...rows,
    ...(others.length === 0 ? [] : ['', byHand, '', ...others]),
  ].join('\n');
}

/** Said where the pull request is closed. */
export const nothingDiffers = 'The branch says what is applied: nothing is to be put back any more.';

/** Markdown that shows the text as it is: no markup, no links, nobody mentioned. */
function text(raw: string): string {
  return plain(raw)
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\\`*_{}[\]()#+\-.!|~:/]/g, '\\$&')
    .replace(/@/g, '@\u200b');
}

/** A span of code, which may hold backticks; a bar would end a table's cell. */
function code(raw: string): string {
  const inside = plain(raw).replace(/\|/g, '\\|');
  const longest = Math.max(0, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${inside}${fence}` : `${fence} ${inside} ${fence}`;
}
