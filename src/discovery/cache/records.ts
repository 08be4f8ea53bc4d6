/** Results of evaluations as records of the cache. Each begins with its path. */
import { DiscoveryError, UnknowableError } from '../../errors.ts';
import { type Tool, tools } from '../../model.ts';
import type { EvaluatedUnit } from '../evaluate-unit.ts';
import type { Candidate } from '../terraform/roots.ts';
import { type RecordReader, RecordWriter } from './table.ts';

export interface Form<Result> {
  write(result: Result, to: RecordWriter): void;
  /** In the order of `write`. */
  read(from: RecordReader): Result;
}

const [runnable, excluded, pattern, unknowable] = [1, 2, 4, 8];

function flagsOf(unit: EvaluatedUnit): number {
  return (
    (unit.runnable ? runnable : 0) +
    (unit.excluded ? excluded : 0) +
    (unit.pattern ? pattern : 0) +
    (unit.problem instanceof UnknowableError ? unknowable : 0)
  );
}

type RunModule = EvaluatedUnit['modules'][number];

export const unitForm: Form<EvaluatedUnit> = {
  write(unit, to) {
    const { states, problem } = unit;
    to.text(unit.path);
    to.number(tools.indexOf(unit.tool));
    to.text(unit.fingerprint);
    to.number(flagsOf(unit));
    to.text(problem?.message ?? '');
    to.texts(unit.own);
    to.texts(unit.reads);
    to.list(unit.modules, (module) => to.number(to.table.share(module, () => writtenModule(module, to))));
    to.list(unit.links, ({ target, place }) => {
      to.text(target);
      to.text(place);
    });
    to.texts(states.writes);
    to.text(states.unknown ?? '');
    to.texts(states.partly);
    to.list(states.reads, ({ state, place }) => {
      to.text(state);
      to.text(place);
    });
    to.list(unit.doubts, ({ message, below, askable }) => {
      to.text(message);
      to.list(below === undefined ? [] : [below], (path) => to.text(path));
      to.number(askable ? 1 : 0);
    });
  },
  read(from) {
    const path = from.text();
    const tool = tools[from.number()] as Tool;
    const fingerprint = from.text();
    const flags = from.number();
    const message = from.text();
    return {
      path,
      tool,
      fingerprint,
      own: from.texts(),
      reads: from.texts(),
      modules: from.list(() => from.table.shared(from.number(), readModule)),
      links: from.list(() => ({ target: from.text(), place: from.text() })),
      states: {
        writes: from.texts(),
        unknown: from.text() || undefined,
        partly: from.texts(),
        reads: from.list(() => ({ state: from.text(), place: from.text() })),
      },
      doubts: from.list(() => ({ message: from.text(), below: from.texts()[0], askable: from.number() === 1 })),
      runnable: (flags & runnable) !== 0,
      excluded: (flags & excluded) !== 0,
      pattern: (flags & pattern) !== 0,
      problem:
        message === '' ? undefined : new ((flags & unknowable) !== 0 ? UnknowableError : DiscoveryError)(message),
    };
  },
};

function writtenModule({ directory, reads }: RunModule, { table }: RecordWriter): readonly number[] {
  const writer = new RecordWriter(table);
  writer.text(directory);
  writer.texts(reads);
  return writer.numbers;
}

function readModule(from: RecordReader): RunModule {
  return { directory: from.text(), reads: from.texts() };
}

export const candidateForm: Form<Candidate> = {
  write({ directory, calls, hasState, looksLikeRoot }, to) {
    to.text(directory);
    to.texts(calls);
    to.number(hasState ? 1 : 0);
    to.number(looksLikeRoot ? 1 : 0);
  },
  read: (from) => ({
    directory: from.text(),
    calls: from.texts(),
    hasState: from.number() === 1,
    looksLikeRoot: from.number() === 1,
  }),
};
