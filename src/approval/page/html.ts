/**
 * HTML as a tagged template: whatever is put into it is escaped, unless it is HTML itself. So markup in a commit message, a path or a
 * plan is text, wherever it stands, and there is nothing that a template could forget. Attributes are always written in quotes.
 */
import { plain } from '../../plain-text.ts';

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Part[] | false | null | undefined;

/** Lists follow one another; false, null and undefined are nothing. */
export function html(template: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(template.reduce((text, next, index) => text + put(parts[index - 1]) + next));
}

function put(part: Part): string {
  if (part instanceof Html) return part.text;
  if (part === false || part === null || part === undefined) return '';
  if (typeof part === 'object') return part.map(put).join('');
  return escaped(plain(String(part)));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text of many lines, in which control characters were dealt with. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
