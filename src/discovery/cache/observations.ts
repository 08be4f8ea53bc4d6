/**
 * What an evaluation looked at: questions about a tree and its environment, with the answers that it got. A result is good for
 * any tree that answers the same questions in the same way, whatever else differs between the two.
 */
import { hash } from 'node:crypto';
import { stepsIn } from '../code-files.ts';
import type { SourceTree } from '../source/source-tree.ts';

export interface World {
  tree: SourceTree;
  environment: NodeJS.ProcessEnv;
}

/** Each takes a path, or the name of a variable; of submodules, and of the steps that a unit may take, there is one question. */
export const questions = [
  'content',
  'file',
  'directory',
  'listing',
  'link',
  'variable',
  'submodules',
  'steps',
] as const;
export type Question = (typeof questions)[number];

/** A short text; equal texts mean that nobody could see a difference. No content and no variable's value is in it. */
export function answerOf({ tree, environment }: World, question: Question, subject: string): string {
  switch (question) {
    case 'content':
      return tree.blob(subject) ?? '';
    case 'file':
      return tree.has(subject) ? '1' : '';
    case 'directory':
      return tree.hasDirectory(subject) ? '1' : '';
    case 'listing':
      return hash('sha1', tree.below(subject).join('\0'), 'base64');
    case 'link':
      return tree.real(subject) ?? '';
    case 'variable':
      return digestOfVariable(environment, subject);
    case 'submodules':
      return [...tree.submodules].join('\0');
    case 'steps':
      return String(stepsIn(tree));
  }
}

/** Empty when it isn't set. */
export function digestOfVariable(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  return value === undefined ? '' : hash('sha256', value, 'base64');
}

/** What was looked at. */
export interface Trace {
  /** Numbers of questions. */
  own: Iterable<number>;
  /** Of what others may have computed, too, and that lies inside. */
  parts: Iterable<Trace>;
}

/** Notes what is looked at while something is computed. */
export interface Recorder {
  /** Counts for what is being computed at the moment, if anything is. */
  note(question: Question, subject: string): void;
  /** Everything that `compute` looks at, also when it throws, counts for whatever is being recorded around it, too. */
  during<T>(compute: () => T): { value: T; trace: Trace };
  /** What an earlier computation looked at, whose result is used again. */
  add(trace: Trace): void;
}

/** For when nothing is kept. */
export const forgetful: Recorder = {
  note: () => {},
  during: (compute) => ({ value: compute(), trace: nothing }),
  add: () => {},
};
const nothing: Trace = { own: [], parts: [] };

/** Numbers questions in the order in which they are first asked. */
export function recorder(): Recorder & { asked: readonly (readonly [Question, string])[] } {
  const asked: [Question, string][] = [];
  const known = new Map(questions.map((question) => [question, new Map<string, number>()]));
  let current: { own: Set<number>; parts: Set<Trace> } | undefined;
  return {
    asked,
    note(question, subject) {
      if (current === undefined) return;
      const numbers = known.get(question) as Map<string, number>;
      let number = numbers.get(subject);
      if (number === undefined) {
        number = asked.push([question, subject]) - 1;
        numbers.set(subject, number);
      }
      current.own.add(number);
    },
    during(compute) {
      const outer = current;
      const trace = { own: new Set<number>(), parts: new Set<Trace>() };
      current = trace;
      try {
        return { value: compute(), trace };
      } finally {
        current = outer;
        outer?.parts.add(trace);
      }
    },
    add(trace) {
      current?.parts.add(trace);
    },
  };
}

/** The same tree, with everything that is asked of it noted. */
export function watched(tree: SourceTree, { note }: Recorder): SourceTree {
  return {
    root: tree.root,
    get files() {
      note('listing', '.');
      return tree.files;
    },
    links: tree.links,
    get submodules() {
      note('submodules', '');
      return tree.submodules;
    },
    has(path) {
      note('file', path);
      return tree.has(path);
    },
    hasDirectory(path) {
      note('directory', path);
      return tree.hasDirectory(path);
    },
    read(path) {
      note('content', path);
      return tree.read(path);
    },
    blob(path) {
      note('content', path);
      return tree.blob(path);
    },
    below(directory) {
      note('listing', directory);
      return tree.below(directory);
    },
    real(path) {
      note('link', path);
      return tree.real(path);
    },
    ...(tree.stacks ? { stacks: tree.stacks } : {}),
  };
}
