/**
 * Results of evaluations, kept from one tree to the next and from one run to the next. Beside each lies its trace: the observations that
 * it was made from. A result is taken from here when all of them hold in the tree at hand, so that it can't be stale,
 * and changing a file costs only what looked at it.
 */
import type { EvaluatedUnit } from '../evaluate-unit.ts';
import type { Candidate } from '../terraform/roots.ts';
import { differing } from './differing.ts';
import {
  answerOf,
  forgetful,
  type Question,
  questions,
  type Recorder,
  recorder,
  type Trace,
  type World,
} from './observations.ts';
import { candidateForm, type Form, unitForm } from './records.ts';
import { RecordReader, RecordWriter, type Stored, Table } from './table.ts';

/** Kept results of one kind, as they are seen from one tree. */
export interface Kept<Result> {
  find(path: string): Result | undefined;
  /** Answers the result. The trace is the recorder's. */
  keep(path: string, result: Result, trace: Trace): Result;
}

/** The cache as it is seen from one tree. */
export interface CacheView {
  recorder: Recorder;
  units: Kept<EvaluatedUnit>;
  /** By directory of code. */
  candidates: Kept<Candidate>;
}

const keepsNothing: Kept<never> = { find: () => undefined, keep: (_path, result) => result };

/** For when nothing is kept. */
export const noCache: CacheView = { recorder: forgetful, units: keepsNothing, candidates: keepsNothing };

/** A unit that is changed back and forth, and the two trees of a comparison, find what was made before. */
const mostVariants = 4;

/** Positions of a result and of its trace: numbers of observations and positions of traces inside, each with how many there are before them. */
type Variant = readonly [result: number, trace: number];

/** By path, the last made first. */
type Variants = Map<string, readonly Variant[]>;

/** As JSON; variants are pairs of numbers, one behind the other. */
export interface StoredCache extends Stored {
  units: number[];
  candidates: number[];
  /** How many results lie in `records` that are no variants any more. */
  dropped: number;
}

/** Of an observation in a tree, as far as it is known. */
const [holding, failing] = [1, 2];

export class UnitCache {
  /** True when something was added since it was loaded. */
  changed = false;
  readonly #table: Table;
  readonly #units: Variants;
  readonly #candidates: Variants;
  #dropped: number;
  /** What is known of observations by their numbers. */
  #last: { world: World; truths: Uint8Array } | undefined;

  constructor(
    stored: StoredCache = { texts: [], observations: [], records: [], units: [], candidates: [], dropped: 0 },
  ) {
    this.#table = new Table(stored);
    this.#units = variantsIn(stored.units, this.#table);
    this.#candidates = variantsIn(stored.candidates, this.#table);
    this.#dropped = stored.dropped;
  }

  view(world: World): CacheView {
    const table = this.#table;
    const truths = this.#truthsIn(world);
    this.#last = { world, truths };
    const observationHolds = (number: number): boolean => {
      if (truths[number] === undefined || truths[number] === 0) {
        const [question, subject, answer] = observationAt(table, number);
        const truth = answerOf(world, question, subject) === answer;
        if (number < truths.length) truths[number] = truth ? holding : failing;
        return truth;
      }
      return truths[number] === holding;
    };
    const known = new Map<number, boolean>();
    const holds = (trace: number): boolean => {
      let truth = known.get(trace);
      if (truth === undefined) {
        truth = everyPart(table.records, trace, observationHolds, holds);
        known.set(trace, truth);
      }
      return truth;
    };
    const recording = recorder();
    const observed: number[] = [];
    const observation = (asked: number): number => {
      const [question, subject] = recording.asked[asked] as readonly [Question, string];
      observed[asked] ??= table.observation(questions.indexOf(question), subject, answerOf(world, question, subject));
      return observed[asked];
    };
    const positions = new WeakMap<Trace, number>();
    const add = (trace: Trace): number => {
      let position = positions.get(trace);
      if (position === undefined) {
        position = table.add(traceRecord(Array.from(trace.own, observation), Array.from(trace.parts, add)));
        positions.set(trace, position);
      }
      return position;
    };
    const kept = <Result extends object>(variants: Variants, form: Form<Result>): Kept<Result> => ({
      find: (path) => {
        const variant = variants.get(path)?.find(([, trace]) => holds(trace));
        return variant && table.shared(variant[0], form.read);
      },
      keep: (path, result, trace) => {
        this.#keep(variants, path, [table.share(result, () => recordOf(table, form, result)), add(trace)]);
        return result;
      },
    });
    return {
      recorder: recording,
      units: kept(this.#units, unitForm),
      candidates: kept(this.#candidates, candidateForm),
    };
  }

  /** How it lies on disk. */
  stored(): StoredCache {
    const all = (variants: Variants) => [...variants.values()].flat();
    const kept = { table: this.#table, units: all(this.#units), candidates: all(this.#candidates) };
    const isMostlyDropped = this.#dropped > kept.units.length + kept.candidates.length;
    const { table, units, candidates } = isMostlyDropped ? withoutDropped(kept) : kept;
    const { texts, observations, records } = table;
    const dropped = isMostlyDropped ? 0 : this.#dropped;
    return { texts, observations, records, units: units.flat(), candidates: candidates.flat(), dropped };
  }

  #keep(variants: Variants, path: string, variant: Variant): void {
    const all = [variant, ...(variants.get(path) ?? [])];
    variants.set(path, all.slice(0, mostVariants));
    if (all.length > mostVariants) this.#dropped++;
    this.changed = true;
  }

  /** Two trees share nearly everything: what the last one said is said again where they don't differ. */
  #truthsIn({ tree }: World): Uint8Array {
    const table = this.#table;
    const truths = new Uint8Array(table.observations.length / 3);
    const last = this.#last;
    const differs = last && differing(last.world.tree, tree);
    if (last === undefined || differs === undefined) return truths;
    for (let number = 0; number < last.truths.length; number++) {
      const [question, subject] = [table.observations[3 * number], table.observations[3 * number + 1]] as [
        number,
        number,
      ];
      if (last.truths[number] !== 0 && !differs(questions[question] as Question, table.texts[subject] as string))
        truths[number] = last.truths[number] as number;
    }
    return truths;
  }
}

interface Everything {
  table: Table;
  units: readonly Variant[];
  candidates: readonly Variant[];
}

/** The same in a table that holds nothing else. */
function withoutDropped({ table: old, units, candidates }: Everything): Everything {
  const table = new Table();
  const traces = new Map<number, number>();
  const copyOfObservation = (number: number) => {
    const [question, subject, answer] = observationAt(old, number);
    return table.observation(questions.indexOf(question), subject, answer);
  };
  const copyOf = (trace: number): number => {
    let copy = traces.get(trace);
    if (copy === undefined) {
      const reader = new RecordReader(old, trace);
      const own = reader.list(() => copyOfObservation(reader.number()));
      copy = table.add(
        traceRecord(
          own,
          reader.list(() => copyOf(reader.number())),
        ),
      );
      traces.set(trace, copy);
    }
    return copy;
  };
  const copied = <Result>(variants: readonly Variant[], form: Form<Result>) =>
    variants.map(
      ([result, trace]): Variant => [
        table.add(recordOf(table, form, form.read(new RecordReader(old, result)))),
        copyOf(trace),
      ],
    );
  return { table, units: copied(units, unitForm), candidates: copied(candidates, candidateForm) };
}

function variantsIn(numbers: readonly number[], table: Table): Variants {
  const variants = new Map<string, Variant[]>();
  for (let at = 0; at < numbers.length; at += 2) {
    const variant: Variant = [numbers[at] as number, numbers[at + 1] as number];
    const path = new RecordReader(table, variant[0]).text();
    const others = variants.get(path);
    if (others) others.push(variant);
    else variants.set(path, [variant]);
  }
  return variants;
}

function observationAt(
  { observations, texts }: Table,
  number: number,
): [question: Question, subject: string, answer: string] {
  const text = (at: number) => texts[observations[at] as number] as string;
  return [questions[observations[3 * number] as number] as Question, text(3 * number + 1), text(3 * number + 2)];
}

function recordOf<Result>(table: Table, form: Form<Result>, result: Result): readonly number[] {
  const writer = new RecordWriter(table);
  form.write(result, writer);
  return writer.numbers;
}

function traceRecord(observations: readonly number[], parts: readonly number[]): number[] {
  return [observations.length, ...observations, parts.length, ...parts];
}

/** Whether all of a trace holds, and all of the traces inside. */
function everyPart(
  records: readonly number[],
  trace: number,
  observationHolds: (number: number) => boolean,
  traceHolds: (position: number) => boolean,
): boolean {
  let at = trace;
  for (const holds of [observationHolds, traceHolds])
    for (let left = records[at++] as number; left > 0; left--) if (!holds(records[at++] as number)) return false;
  return true;
}
