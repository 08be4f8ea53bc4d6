/** JSON with the place of each value, and with properties of one name as often as they stand there: each may be a block. */
import { errorAt } from './file.ts';
import { isRepresentable } from './scanner.ts';

export interface JsonObject {
  kind: 'object';
  at: number;
  entries: { name: string; at: number; value: JsonValue }[];
}

export type JsonValue =
  | JsonObject
  | { kind: 'array'; at: number; items: JsonValue[] }
  | { kind: 'string'; at: number; text: string }
  | { kind: 'literal'; at: number; value: number | boolean | null };

const deepest = 500;
const keywords = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

export class JsonReader {
  readonly path: string;
  readonly text: string;
  #at = 0;
  #depth = 0;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  fail(message: string, at = this.#at): never {
    throw errorAt(this, at, message);
  }

  /** The value that is all of the text. */
  file(): JsonValue {
    const value = this.#value();
    if (this.#next() !== undefined) this.fail(`expected the end of the file, found ${this.#found()}`);
    return value;
  }

  #value(): JsonValue {
    const first = this.#next();
    const at = this.#at;
    switch (first) {
      case '{': {
        const entries: JsonObject['entries'] = [];
        this.#list('}', () => {
          if (this.#next() !== '"') this.fail(`expected a name in quotes, found ${this.#found()}`);
          const at = this.#at;
          const name = this.#string();
          if (this.#next() !== ':') this.fail(`expected ":" after a name, found ${this.#found()}`);
          this.#at++;
          entries.push({ name, at, value: this.#value() });
        });
        return { kind: 'object', at, entries };
      }
      case '[': {
        const items: JsonValue[] = [];
        this.#list(']', () => items.push(this.#value()));
        return { kind: 'array', at, items };
      }
      case '"':
        return { kind: 'string', at, text: this.#string() };
      default:
        return { kind: 'literal', at, value: this.#literal() };
    }
  }

  /** Items with commas between them, from the opening bracket to the closing one. */
  #list(end: string, item: () => void): void {
    if (++this.#depth > deepest) this.fail(`expected fewer than ${deepest} levels of nesting`);
    this.#at++;
    if (this.#next() !== end)
      for (;;) {
        item();
        const next = this.#next();
        if (next === end) break;
        if (next !== ',') this.fail(`expected "," or "${end}", found ${this.#found()}`);
        this.#at++;
      }
    this.#at++;
    this.#depth--;
  }

  #string(): string {
    const match = /"(?:[^"\\\n]+|\\.)*"/y;
    match.lastIndex = this.#at;
    const quoted = match.exec(this.text)?.[0];
    if (quoted === undefined) this.fail('a string begins here and does not end in its line; line ends are written \\n');
    try {
      const text = JSON.parse(quoted) as string;
      this.#at += quoted.length;
      return text;
    } catch {
      this.fail('this string has a character that is written with a backslash, or an escape sequence that is none');
    }
  }

  #literal(): number | boolean | null {
    const match = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|[A-Za-z_]+/y;
    match.lastIndex = this.#at;
    const word = match.exec(this.text)?.[0] ?? '';
    const keyword = keywords.get(word);
    if (keyword === undefined && !(/\d/.test(word) && isRepresentable(word)))
      this.fail(`expected a value, found ${this.#found()}`);
    this.#at += word.length;
    return keyword ?? (keyword === null ? null : Number(word));
  }

  /** The character that comes next behind white space. */
  #next(): string | undefined {
    const blanks = /[ \t\r\n]*/y;
    blanks.lastIndex = this.#at;
    blanks.test(this.text);
    this.#at = blanks.lastIndex;
    return this.text[this.#at];
  }

  #found(): string {
    const character = this.text[this.#at];
    return character === undefined ? 'the end of the file' : `"${character}"`;
  }
}
