/** Terragrunt's own log in JSON, a line a message, mixed with what Terraform writes to the same stream. */

/** Turns the stream into lines for people, and tells `onMessage` every message. */
export class TerragruntLog {
  readonly #show: (text: string) => void;
  readonly #onMessage: (message: string) => void;
  #rest = '';

  constructor(show: (text: string) => void, onMessage: (message: string) => void) {
    this.#show = show;
    this.#onMessage = onMessage;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  #line(line: string): void {
    const entry = parseEntry(line);
    if (entry === undefined) {
      this.#show(`${line}\n`);
      return;
    }
    this.#onMessage(entry.message);
    this.#show(`${entry.level.toUpperCase().padEnd(5)} ${entry.message}\n`);
  }
}

/**
 * The directories of dependencies whose mock outputs a message says are used. Terragrunt 1.x says: "Config
 * <dir>/terragrunt.hcl is a dependency of <file> that has no outputs, but mock outputs provided and returning those in
 * dependency output."
 */
export function mockedDependencies(message: string): string[] {
  const match = /^Config (.+) is a dependency of .+ but mock outputs provided and returning those/s.exec(message);
  return match?.[1] === undefined ? [] : [match[1].replace(/\/[^/]*\.hcl(\.json)?$/, '')];
}

function parseEntry(line: string): { level: string; message: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof level === 'string' && typeof msg === 'string' ? { level, message: msg } : undefined;
  } catch {
    return undefined; // not Terragrunt's: something of the unit's own that begins with a brace
  }
}
