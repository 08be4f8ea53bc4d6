/**
 * What can go wrong with one call to AWS. Every call that a process makes is counted, by the process's name; at one of them
 * a fault strikes, once.
 */
import { LiveCiError } from '../../src/errors.ts';
import { CutOff } from './cut-off.ts';
import { awsError, type Call, type Gate } from './memory-aws.ts';

export const faults = [
  /** The process is gone before the call is made. */
  'dies before',
  /** The call is made, and the process is gone before it has the answer. */
  'dies after',
  /** The SDK gives up: it was refused as often as it tried again. */
  'throttled',
  /** S3 answers 409: two conditional writes met, and this one was not made. */
  'conflict',
  /** The answer comes so late that the same is done a second time meanwhile, from beginning to end. */
  'twice at once',
  /** Step Functions answers with what was so a moment ago. */
  'stale read',
] as const;
export type Fault = (typeof faults)[number];

export interface Point {
  /** Which process made the call. */
  handler: string;
  /** The how many-th of all calls that processes of this name made. */
  at: number;
  /** `s3:PutObject pipeline/state.json` */
  call: string;
  /** What can go wrong with it. */
  faults: Fault[];
}

/** A call as it was made, whatever struck. */
export interface Made extends Pick<Call, 'name' | 'on' | 'token'> {
  handler: string;
}

export interface Strike {
  /** Of any process, if it is left out. */
  handler?: string;
  at: number;
  fault: Fault;
}

/** What became of a process. */
export type Ended<T> = { value: T; error?: undefined } | { value?: undefined; error: Error };

export class Processes {
  /** The calls that were made, as long as no fault is meant to strike. */
  readonly points: Point[] = [];
  readonly made: Made[] = [];
  /** Whether the fault has struck. */
  struck = false;
  #strike: Strike | undefined;
  readonly #counts = new Map<string, number>();

  constructor(strike?: Strike) {
    this.#strike = strike;
  }

  /** The `calls`-th call from now on is struck, whoever makes it. */
  strikeNext(calls: number, fault: Fault): void {
    this.#strike = { at: (this.#counts.get('') ?? 0) + calls, fault };
    this.struck = false;
  }

  /** No fault strikes any more. */
  spare(): void {
    this.#strike = undefined;
  }

  /** Runs a process that makes its calls through the gate it is given. Unless it is struck, it may do no more than refuse. */
  async run<T>(handler: string, work: (gate: Gate) => Promise<T>): Promise<Ended<T>> {
    let dead = false;
    let hit = false;
    const die = () => {
      dead = true;
      return new CutOff();
    };
    const gate: Gate = async (call) => {
      if (dead) throw new CutOff();
      this.made.push({ handler, name: call.name, on: call.on, token: call.token });
      const fault = this.#arrive(handler, call);
      hit ||= fault !== undefined;
      switch (fault) {
        case undefined:
          return call.make();
        case 'dies before':
          throw die();
        case 'dies after':
          await call.make();
          throw die();
        case 'throttled':
          throw awsError('ThrottlingException');
        case 'conflict':
          throw awsError('ConditionalRequestConflict');
        case 'stale read':
          return call.stale?.();
        case 'twice at once':
          return this.#meanwhile(call, () => work((other) => other.make()));
      }
    };
    try {
      const value = await work(gate);
      if (dead) throw new CutOff(); // A program that it had started went on without it.
      return { value };
    } catch (error) {
      if (!hit) expectRefusal(error);
      return { error: error as Error };
    }
  }

  async #meanwhile(call: Call, again: () => Promise<unknown>): Promise<unknown> {
    const answer = call.make();
    await answer.catch(() => {});
    await again().catch(expectRefusal);
    return answer;
  }

  #arrive(handler: string, call: Call): Fault | undefined {
    const [at] = [this.#count(handler), this.#count('')];
    const strike = this.#strike;
    if (strike === undefined) {
      this.points.push({ handler, at, call: `${call.name} ${inGeneral(call.on)}`.trim(), faults: possible(call) });
      return undefined;
    }
    const meant = this.#counts.get(strike.handler ?? '') === strike.at && [handler, undefined].includes(strike.handler);
    if (!meant || this.struck || !possible(call).includes(strike.fault)) return undefined;
    this.struck = true;
    return strike.fault;
  }

  #count(handler: string): number {
    const at = (this.#counts.get(handler) ?? 0) + 1;
    this.#counts.set(handler, at);
    return at;
  }
}

function possible(call: Call): Fault[] {
  return faults.filter((fault) => {
    if (fault === 'stale read') return call.stale !== undefined;
    if (fault === 'dies after') return !call.reads; // Nothing was changed: as dead as before.
    return fault !== 'conflict' || call.conditional === true;
  });
}

/** A delivery's, a unit's or a token's own name left out: `requests/…/unit/…`. */
function inGeneral(on: string): string {
  return on
    .replace(/^(plans|applies)\/[^/]+\/[^/]+/, '$1/…/…')
    .replace(/^(deliveries|plans|applies|requests|approvals)\/[^/…]+/, '$1/…')
    .replace(/^(requests\/…\/unit|approvals\/…)\/.+/, '$1/…')
    .replace(/^(change-sets|dead-letters|votes)\/.+/, '$1/…')
    .replace(/^[0-9a-f]{12}-\d+$/, '');
}

/** The product may refuse with a sentence; anything else is a bug. */
export function expectRefusal(error: unknown): void {
  if (error instanceof LiveCiError) return;
  throw error;
}
