import type { Redaction } from '../redaction/redaction.ts';
import { Lines } from './lines.ts';

/** What a run says: handed on line by line while it happens, kept for the bucket. What is secret is in neither. */
export class RunLog {
  readonly #output: (text: string) => void;
  readonly #redaction: Redaction;
  readonly #lines: Lines;
  readonly #kept: string[] = [];

  constructor(output: (text: string) => void, redaction: Redaction) {
    this.#output = output;
    this.#redaction = redaction;
    const clean = redaction.stream();
    this.#lines = new Lines((lines) => this.#show(clean(lines)));
  }

  write(text: string): void {
    this.#lines.write(text);
  }

  /** A line of the product's own, told apart from what the tools say. */
  note(line: string): void {
    this.#lines.end();
    const start = /[^\r\n]$/.test(this.#kept.at(-1) ?? '') ? '\n' : '';
    this.#show(`${start}[live-ci] ${this.clean(line)}\n`);
  }

  /** Until the last note. */
  get text(): string {
    return this.#kept.join('');
  }

  /** The text without secrets. */
  clean(text: string): string {
    return this.#redaction.clean(text);
  }

  #show(text: string): void {
    this.#kept.push(text);
    this.#output(text);
  }
}
