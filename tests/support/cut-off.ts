/** Cuts a process off at one of its calls to AWS: before the call is made, or after it, with the answer lost. */

export type Moment = 'before' | 'after';

export class CutOff extends Error {
  override name = 'CutOff';
}

/** A process whose calls are counted, and that dies at call number `at`; what it calls from then on does nothing. */
export class Process {
  calls = 0;
  dead = false;
  readonly #at: number;
  readonly #moment: Moment;

  constructor(at = Number.POSITIVE_INFINITY, moment: Moment = 'before') {
    this.#at = at;
    this.#moment = moment;
  }

  /** The same object, called by this process. */
  using<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#call(() => member.apply(target, args));
      },
    });
  }

  async #call(call: () => unknown): Promise<unknown> {
    if (this.dead) throw new CutOff();
    const mine = ++this.calls === this.#at;
    if (mine && this.#moment === 'before') this.#die();
    const answer = await call();
    if (mine) this.#die();
    return answer;
  }

  #die(): never {
    this.dead = true;
    throw new CutOff();
  }
}

/**
 * Runs `play` once for every call that it makes and both moments, each time with a process that is cut off there. It has to
 * carry on by itself after a CutOff.
 * @returns how often it was cut off.
 */
export async function cutOffAtEveryCall(play: (process: Process) => Promise<void>): Promise<number> {
  let cuts = 0;
  for (const moment of ['before', 'after'] as const) {
    for (let at = 1; ; at++) {
      const process = new Process(at, moment);
      try {
        await play(process);
      } catch (error) {
        throw new Error(`cut off ${moment} call ${at}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
      if (!process.dead) break;
      cuts++;
    }
  }
  return cuts;
}

/** What `run` answers, or undefined when its process was cut off. */
export async function orCutOff<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CutOff) return undefined;
    throw error;
  }
}
