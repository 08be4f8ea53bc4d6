/** What a run says: handed on while it happens, kept for the bucket. */
export class RunLog {
  readonly #output: (text: string) => void;
  readonly #kept: string[] = [];

  constructor(output: (text: string) => void) {
    this.#output = output;
  }

  write(text: string): void {
    if (text === '') return;
    this.#kept.push(text);
    this.#output(text);
  }

  /** A line of the product's own, told apart from what the tools say. */
  note(line: string): void {
    this.write(`[live-ci] ${line}\n`);
  }

  get text(): string {
    return this.#kept.join('');
  }
}
