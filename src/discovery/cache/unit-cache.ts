/**
 * Evaluated units, kept from one tree to the next and from one run to the next. Beside each lies its trace: the observations that
 * it was made from. A unit is taken from here when all of them hold in the tree at hand, so that a result can't be stale,
 * and changing a file costs only the units that looked at it.
 */
import type { EvaluatedUnit } from '../evaluate-unit.ts';
import { answerOf, forgetful, type Question, type Recorder, recorder, type Trace, type World } from './observations.ts';

/** A question, what it was asked about, and the answer. */
export type Observation = readonly [question: Question, subject: string, answer: string];

export interface Variant {
  unit: EvaluatedUnit;
  trace: Trace;
}

/** The cache as it is seen from one tree. */
export interface CacheView {
  recorder: Recorder;
  find(path: string): EvaluatedUnit | undefined;
  /** Answers the unit. The trace is the recorder's. */
  keep(unit: EvaluatedUnit, trace: Trace): EvaluatedUnit;
}

/** For when nothing is kept. */
export const noCache: CacheView = { recorder: forgetful, find: () => undefined, keep: (unit) => unit };

/** A unit that is changed back and forth, and the two trees of a comparison, find what was made before. */
const mostVariants = 4;

export class UnitCache {
  readonly observations: Observation[];
  /** By path, the last made first. */
  readonly variants: Map<string, Variant[]>;
  /** True when something was added since it was loaded. */
  changed = false;
  readonly #numbers = new Map<string, number>();

  constructor(observations: Observation[] = [], variants: Map<string, Variant[]> = new Map()) {
    this.observations = observations;
    this.variants = variants;
  }

  view(world: World): CacheView {
    const truths: (boolean | undefined)[] = [];
    const holds = (number: number): boolean => {
      const known = truths[number];
      if (known !== undefined) return known;
      const [question, subject, answer] = this.observations[number] as Observation;
      const truth = answerOf(world, question, subject) === answer;
      truths[number] = truth;
      return truth;
    };
    const recording = recorder();
    const observed: number[] = [];
    const observation = (asked: number): number => {
      const [question, subject] = recording.asked[asked] as readonly [Question, string];
      observed[asked] ??= this.#numberOf([question, subject, answerOf(world, question, subject)]);
      return observed[asked];
    };
    return {
      recorder: recording,
      find: (path) => this.variants.get(path)?.find(({ trace }) => every(trace, holds))?.unit,
      keep: (unit, trace) => {
        const before = this.variants.get(unit.path) ?? [];
        this.variants.set(
          unit.path,
          [{ unit, trace: Array.from(trace, observation) }, ...before].slice(0, mostVariants),
        );
        this.changed = true;
        return unit;
      },
    };
  }

  #numberOf(observation: Observation): number {
    if (this.#numbers.size === 0)
      for (const [number, known] of this.observations.entries()) this.#numbers.set(keyOf(known), number);
    const key = keyOf(observation);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.observations.push(observation) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

function keyOf([question, subject, answer]: Observation): string {
  return `${question}\0${answer}\0${subject}`;
}

function every(trace: Trace, holds: (number: number) => boolean): boolean {
  for (const number of trace) if (!holds(number)) return false;
  return true;
}
