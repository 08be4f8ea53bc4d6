/** Hands a text on in whole lines, however it comes. A carriage return ends a line, too: a progress is shown as it goes on. */
export class Lines {
  readonly #give: (lines: string) => void;
  #rest = '';

  constructor(give: (lines: string) => void) {
    this.#give = give;
  }

  write(text: string): void {
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    const whole = end === 0 ? '' : this.#rest + text.slice(0, end);
    this.#rest = whole === '' ? this.#rest + text : text.slice(end);
    if (whole !== '') this.#give(whole);
  }

  /** What came without an end of line. */
  end(): void {
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#give(rest);
  }
}
