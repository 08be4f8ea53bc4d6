/** Evaluated units on disk. Texts are written once, in a table, and named by their position in it. */
import { readFileSync } from 'node:fs';
import { DiscoveryError, UnknowableError } from '../../errors.ts';
import { type Tool, tools } from '../../model.ts';
import type { EvaluatedUnit } from '../evaluate-unit.ts';
import type { States } from '../states/states.ts';
import { type Question, questions } from './observations.ts';
import { type Observation, UnitCache, type Variant } from './unit-cache.ts';
import { writeCache } from './write-cache.ts';

export interface UnitFile {
  cache: UnitCache;
  /** Writes what was added, if anything was. A cache that can't be written is no error. */
  save(): void;
}

/** Reads it. */
export function openUnits(file: string): UnitFile {
  const cache = load(file) ?? new UnitCache();
  return {
    cache,
    save() {
      if (cache.changed) writeCache(file, encode(cache));
    },
  };
}

/** Positions in `strings`, but for `tool` and `question`, which are positions in their lists. */
interface Encoded {
  strings: string[];
  observations: [question: number, subject: number, answer: number][];
  variants: EncodedVariant[];
}

type EncodedVariant = [
  path: number,
  tool: number,
  fingerprint: number,
  flags: number,
  problem: number,
  own: number[],
  reads: number[],
  modules: [directory: number, reads: number[]][],
  links: [target: number, place: number][],
  states: [writes: number[], unknown: number, partly: number[], reads: [state: number, place: number][]],
  doubts: [message: number, below: number, askable: number][],
  trace: number[],
];

const runnable = 1;
const excluded = 2;
const pattern = 4;
const unknowable = 8;
/** In place of the position of a path. */
const noFile = -1;

function flagsOf(unit: EvaluatedUnit): number {
  return (
    (unit.runnable ? runnable : 0) +
    (unit.excluded ? excluded : 0) +
    (unit.pattern ? pattern : 0) +
    (unit.problem instanceof UnknowableError ? unknowable : 0)
  );
}

function encode({ observations, variants }: UnitCache): Encoded {
  const strings: string[] = [''];
  const positions = new Map([['', 0]]);
  const at = (text: string): number => {
    let position = positions.get(text);
    if (position === undefined) {
      position = strings.push(text) - 1;
      positions.set(text, position);
    }
    return position;
  };
  const all = [...variants.values()].flat();
  const used = [...new Set(all.flatMap(({ trace }) => [...trace]))];
  const renumbered = new Map(used.map((number, position) => [number, position]));
  return {
    strings,
    observations: used.map((number) => {
      const [question, subject, answer] = observations[number] as Observation;
      return [questions.indexOf(question), at(subject), at(answer)];
    }),
    variants: all.map(({ unit, trace }) => [
      at(unit.path),
      tools.indexOf(unit.tool),
      at(unit.fingerprint),
      flagsOf(unit),
      at(unit.problem?.message ?? ''),
      unit.own.map(at),
      unit.reads.map(at),
      unit.modules.map(({ directory, reads }) => [at(directory), reads.map(at)]),
      unit.links.map(({ target, place }) => [at(target), at(place)]),
      [
        unit.states.writes.map(at),
        at(unit.states.unknown ?? ''),
        unit.states.partly.map(at),
        unit.states.reads.map(({ state, place }) => [at(state), at(place)]),
      ],
      unit.doubts.map(({ message, below, askable }) => [
        at(message),
        below === undefined ? noFile : at(below),
        askable ? 1 : 0,
      ]),
      Array.from(trace, (number) => renumbered.get(number) as number),
    ]),
  };
}

function load(file: string): UnitCache | undefined {
  try {
    return decode(JSON.parse(readFileSync(file, 'utf8')) as Encoded);
  } catch {
    return undefined; // not there, or cut off
  }
}

function decode({ strings, observations, variants }: Encoded): UnitCache {
  const text = (position: number) => strings[position] as string;
  const unit = (variant: EncodedVariant): EvaluatedUnit => {
    const [path, tool, fingerprint, flags, message, own, reads, modules, links, states, doubts] = variant;
    return {
      path: text(path),
      tool: tools[tool] as Tool,
      own: own.map(text),
      modules: modules.map(([directory, reads]) => ({ directory: text(directory), reads: reads.map(text) })),
      reads: reads.map(text),
      fingerprint: text(fingerprint),
      runnable: (flags & runnable) !== 0,
      excluded: (flags & excluded) !== 0,
      pattern: (flags & pattern) !== 0,
      links: links.map(([target, place]) => ({ target: text(target), place: text(place) })),
      states: statesFrom(states, text),
      doubts: doubts.map(([message, below, askable]) => ({
        message: text(message),
        below: below === noFile ? undefined : text(below),
        askable: askable === 1,
      })),
      problem:
        message === 0 ? undefined : new ((flags & unknowable) !== 0 ? UnknowableError : DiscoveryError)(text(message)),
    };
  };
  const byPath = new Map<string, Variant[]>();
  for (const variant of variants) {
    const one = { unit: unit(variant), trace: variant[11] };
    const others = byPath.get(one.unit.path);
    if (others) others.push(one);
    else byPath.set(one.unit.path, [one]);
  }
  return new UnitCache(
    observations.map(
      ([question, subject, answer]): Observation => [questions[question] as Question, text(subject), text(answer)],
    ),
    byPath,
  );
}

function statesFrom([writes, unknown, partly, reads]: EncodedVariant[9], text: (position: number) => string): States {
  return {
    writes: writes.map(text),
    unknown: unknown === 0 ? undefined : text(unknown),
    partly: partly.map(text),
    reads: reads.map(([state, place]) => ({ state: text(state), place: text(place) })),
  };
}
