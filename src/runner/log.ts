/** What a run says: handed on while it happens, kept for the bucket. What is secret is in neither. */
export class RunLog {
  readonly #output: (text: string) => void;
  readonly #secrets: readonly string[];
  readonly #kept: string[] = [];
  /** The end of what was said, where it may be the beginning of a secret. */
  #held = '';

  constructor(output: (text: string) => void, secrets: readonly string[] = []) {
    this.#output = output;
    this.#secrets = secrets;
  }

  write(text: string): void {
    const said = this.clean(this.#held + text);
    const end = said.length - Math.max(0, ...this.#secrets.map((secret) => begunAtEnd(said, secret)));
    this.#held = said.slice(end);
    if (end === 0) return;
    this.#kept.push(said.slice(0, end));
    this.#output(said.slice(0, end));
  }

  /** A line of the product's own, told apart from what the tools say. */
  note(line: string): void {
    this.write(`[live-ci] ${line}\n`);
  }

  get text(): string {
    return this.#kept.join('') + this.#held;
  }

  /** The text without secrets. */
  clean(text: string): string {
    return this.#secrets.reduce((said, secret) => said.replaceAll(secret, '***'), text);
  }
}

/** How many characters of `secret` the text ends with. */
function begunAtEnd(text: string, secret: string): number {
  for (let length = secret.length - 1; length > 0; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
