/**
 * Hides what is secret in texts that people read: values that are known, and whatever a pattern finds. A line is looked at as it is
 * seen, without colours. Patterns are those of RE2, which takes no longer than a text is long, whatever the pattern.
 */
import { stripVTControlCharacters } from 'node:util';
import { RE2JS, RE2Set } from 're2js';
import { privateKeyLines } from './private-key.ts';

export const hidden = '***';

/** The group of a pattern that is hidden, where not all of it is. */
const secretGroup = 'secret';

export interface Hide {
  /** Texts that are secret as they are. */
  values: readonly string[];
  /** Expressions of RE2. */
  patterns: readonly string[];
  /** Private keys, of one line or several. */
  privateKeys: boolean;
}

/** Where something stands in a line. */
interface Range {
  start: number;
  end: number;
}

export class Redaction {
  readonly #patterns: readonly RE2JS[];
  readonly #set = new RE2Set();
  readonly #privateKeys: boolean;

  constructor({ values, patterns, privateKeys }: Hide) {
    // The longest first: one may be the beginning of another.
    const quoted = values.toSorted((a, b) => b.length - a.length).map((value) => RE2JS.quote(value));
    const all = quoted.length === 0 ? patterns : [quoted.join('|'), ...patterns];
    for (const pattern of all) this.#set.add(pattern);
    this.#set.compile();
    this.#patterns = all.map((pattern) => RE2JS.compile(pattern));
    this.#privateKeys = privateKeys;
  }

  /** For the lines of one stream: whole ones, however many at once. */
  stream(): (lines: string) => string {
    const ofKey = this.#privateKeys ? privateKeyLines(hidden) : (line: string) => line;
    return (lines) =>
      lines.replace(/[^\r\n]+/g, (line) => {
        const seen = stripVTControlCharacters(line);
        const shown = this.#hide(ofKey(seen));
        return shown === seen ? line : shown;
      });
  }

  clean(text: string): string {
    return this.stream()(text);
  }

  #hide(line: string): string {
    const found = this.#set.match(line);
    if (found.length === 0) return line;
    const ranges = found.flatMap((index) => secretsIn(line, this.#patterns[index] as RE2JS));
    let shown = '';
    let at = 0;
    for (const { start, end } of joined(ranges)) {
      shown += line.slice(at, start) + hidden;
      at = end;
    }
    return shown + line.slice(at);
  }
}

function secretsIn(line: string, pattern: RE2JS): Range[] {
  const ranges: Range[] = [];
  const named = secretGroup in pattern.namedGroups();
  const matcher = pattern.matcher(line);
  while (matcher.find()) {
    const inGroup = named && matcher.start(secretGroup) >= 0;
    const range = inGroup
      ? { start: matcher.start(secretGroup), end: matcher.end(secretGroup) }
      : { start: matcher.start(), end: matcher.end() };
    if (range.end > range.start) ranges.push(range);
  }
  return ranges;
}

/** In order, those that overlap as one. */
function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else result.push({ ...range });
  }
  return result;
}
