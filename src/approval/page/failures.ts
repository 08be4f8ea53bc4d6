/**
 * Slows down whoever tries links that nobody was sent. A link can't be guessed (its signature has 256 bits), so this is about cost and
 * noise: each instance of the function counts for itself, and the function's reserved concurrency bounds how many there are.
 */
const perMinute = 10;
const minute = 60_000;
/** Of addresses that are remembered. */
const most = 1000;

export class Failures {
  readonly #times = new Map<string, number[]>();

  note(address: string, now: Date): void {
    const times = [...this.#recent(address, now), now.getTime()].slice(-perMinute);
    // The newest last: the one that has failed longest ago is forgotten first.
    this.#times.delete(address);
    this.#times.set(address, times);
    const [oldest] = this.#times.keys();
    if (this.#times.size > most && oldest !== undefined) this.#times.delete(oldest);
  }

  isTooMany(address: string, now: Date): boolean {
    return this.#recent(address, now).length >= perMinute;
  }

  #recent(address: string, now: Date): number[] {
    return (this.#times.get(address) ?? []).filter((time) => now.getTime() - time < minute);
  }
}
