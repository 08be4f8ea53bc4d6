/** Terragrunt's own log in JSON, a line a message, mixed with what Terraform writes to the same stream. */

/** Turns the stream into lines for people. */
export class TerragruntLog {
  readonly #show: (text: string) => void;
  #rest = '';

  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#show(`${forPeople(line)}\n`);
  }

  /** Shows what came without an end of line. */
  end(): void {
    if (this.#rest !== '') this.#show(`${forPeople(this.#rest)}\n`);
    this.#rest = '';
  }
}

function forPeople(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    if (typeof level !== 'string' || typeof msg !== 'string') return line;
    return `${level.toUpperCase().padEnd(5)} ${msg.trimEnd()}`;
  } catch {
    return line; // not Terragrunt's: something of the unit's own that begins with a brace
  }
}
