/**
 * A message to people, before it is known in which form it is sent: the words are said once, in messages.ts, and each kind of channel
 * renders them (mail.ts, slack.ts, teams.ts). Text from outside stands in spans, which no renderer takes for markup.
 */
import { shown } from '../plain-text.ts';

export interface Span {
  text: string;
  /** `alarm` is not to be overlooked; `code` is a command or a path. */
  look?: 'strong' | 'alarm' | 'code';
}

export type Line = readonly Span[];

export type Part =
  /** Sentences, each a line. */
  | { kind: 'text'; lines: readonly Line[] }
  /** Of very many lines some are shown, but of commands all. */
  | { kind: 'list' | 'commands'; title: Line | null; lines: readonly Line[] }
  | { kind: 'links'; title: string; urls: readonly string[] };

export interface Message {
  /** One line, without anything from outside. */
  subject: string;
  parts: readonly Part[];
}

export const words = (text: string): Span => ({ text });
export const strong = (text: string): Span => ({ text: shown(text), look: 'strong' });
export const alarm = (text: string): Span => ({ text: shown(text), look: 'alarm' });
export const code = (text: string): Span => ({ text: shown(text), look: 'code' });

/** The first lines of a list, and how many more there are. */
export function firstLines({ kind, lines }: Part & { kind: 'list' | 'commands' }, most: number): Line[] {
  if (lines.length <= most || kind === 'commands') return [...lines];
  return [...lines.slice(0, most), [words(`… and ${lines.length - most} more`)]];
}

/** Lines of each list, from what a person reads to none at all. */
const fewerAndFewer = [50, 20, 8, 2, 0];

/**
 * Renders a message so that it is within a size, by showing less of its lists.
 * @param render gets how many lines of a list it may show.
 * @param mostBytes of what it renders, as JSON.
 */
export function fitting<Rendered>(render: (mostLines: number) => Rendered, mostBytes: number): Rendered {
  for (const mostLines of fewerAndFewer) {
    const rendered = render(mostLines);
    if (Buffer.byteLength(JSON.stringify(rendered)) <= mostBytes) return rendered;
  }
  return render(0);
}
