/**
 * Reads HCL text character by character. Whether a line's end means something depends on where one is: it ends an
 * attribute, but inside parentheses, brackets and `${…}` it is white space. `lines` says which.
 */
import { errorAt } from './file.ts';

/** A pattern is faster than a loop over characters while the program has just begun. */
const blanks = /[ \t]*/y;
const blanksAndLines = /[ \t\n]*/y;
const asciiIdentifier = /[A-Za-z_][A-Za-z0-9_-]*/y;
const lastAscii = 127;
const [tab, newline, carriageReturn, space, hash, star, slash] = [9, 10, 13, 32, 35, 42, 47];
/** Nobody writes more, and a parser by recursive descent has a stack to mind. */
const deepest = 500;

export class Scanner {
  readonly path: string;
  readonly text: string;
  at = 0;
  /** True where a newline ends something. */
  lines = true;
  /** Set when a call of a reading function was parsed; whoever wants to know clears it first. */
  reads = false;
  #depth = 0;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  fail(message: string, at = this.at): never {
    throw errorAt(this, Math.min(at, this.text.length), message);
  }

  /** What stands here, for an error message. */
  found(): string {
    if (this.at >= this.text.length) return 'the end of the file';
    const character = this.text[this.at];
    return this.lineEnds() ? 'the end of the line' : `"${character}"`;
  }

  /** Skips white space and comments, and newlines where they mean nothing. A carriage return is part of a newline, and nothing by itself. */
  skip(): void {
    const { text, lines } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      // Most of the time nothing is to be skipped.
      if (code > slash) return;
      if (code === space || code === tab || (code === newline && !lines)) {
        const blank = lines ? blanks : blanksAndLines;
        blank.lastIndex = this.at;
        blank.test(text);
        this.at = blank.lastIndex;
      } else if (code === carriageReturn && !lines && text.charCodeAt(this.at + 1) === newline) this.at += 2;
      else if (code === hash || (code === slash && text.charCodeAt(this.at + 1) === slash))
        this.at = indexOrEnd(text, '\n', this.at);
      else if (code === slash && text.charCodeAt(this.at + 1) === star) {
        const end = text.indexOf('*/', this.at + 2);
        if (end < 0) this.fail('a comment begins with "/*" and does not end; write "*/" where it should');
        this.at = end + 2;
      } else return;
    }
  }

  /** Skips newlines, too. */
  skipAll(): void {
    const { lines } = this;
    this.lines = false;
    this.skip();
    this.lines = lines;
  }

  /** Whether the line, or the text, ends here. */
  lineEnds(): boolean {
    const code = this.text.charCodeAt(this.at);
    return code === newline || Number.isNaN(code) || (code === carriageReturn && this.peek('\r\n'));
  }

  peek(expected: string): boolean {
    return this.text.startsWith(expected, this.at);
  }

  /** Takes `expected` after white space, if it is there. */
  take(expected: string): boolean {
    this.skip();
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  need(expected: string, what: string): void {
    if (!this.take(expected)) this.fail(`expected "${expected}" ${what}, found ${this.found()}`);
  }

  /** Runs `parse` with newlines meaning something or not, and puts back what was. */
  within<T>(lines: boolean, parse: () => T): T {
    const before = this.lines;
    this.lines = lines;
    this.deeper();
    const result = parse();
    this.#depth--;
    this.lines = before;
    return result;
  }

  /** Counts a level of nesting, before the stack overflows. */
  deeper(at = this.at): void {
    if (++this.#depth > deepest) this.fail(`expected fewer than ${deepest} levels of nesting`, at);
  }

  shallower(): void {
    this.#depth--;
  }

  /** The identifier that begins here, or undefined. */
  identifier(): string | undefined {
    const { text } = this;
    const first = text.charCodeAt(this.at);
    if (first <= lastAscii && !isIdentifierStart(first)) return undefined;
    const name = matchAt(asciiIdentifier, text, this.at);
    const end = this.at + (name?.length ?? 0);
    if (name === undefined || text.charCodeAt(end) > lastAscii) return this.#unicodeIdentifier();
    this.at = end;
    return name;
  }

  #unicodeIdentifier(): string | undefined {
    const match = matchAt(/[\p{ID_Start}_][\p{ID_Continue}-]*/uy, this.text, this.at);
    if (match === undefined) return undefined;
    this.at += match.length;
    return match;
  }

  /** The number that begins here, or undefined. It is as long as it can be, and doesn't end with a dot. */
  number(): string | undefined {
    const { text, at } = this;
    if (!isDigit(text.charCodeAt(at))) return undefined;
    let number = matchAt(/\d[\d.]*(?:[eE][+-]?\d[\d.]*)*/y, text, at) ?? '';
    if (number.endsWith('.')) number = number.slice(0, lastThatIsNot('.', number) + 1);
    if (!/^\d+$/.test(number) && !(/^\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(number) && isRepresentable(number)))
      this.fail('this is no number');
    this.at = at + number.length;
    return number;
  }
}

function lastThatIsNot(character: string, text: string): number {
  let at = text.length - 1;
  while (text[at] === character) at--;
  return at;
}

/** HashiCorp's numbers have exponents of 32 bits. */
export function isRepresentable(number: string): boolean {
  const exponent = number.split(/e/i)[1];
  return exponent === undefined || Math.abs(Number(exponent)) < 2 ** 31;
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const index = text.indexOf(wanted, from);
  return index < 0 ? text.length : index;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function isIdentifierStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
