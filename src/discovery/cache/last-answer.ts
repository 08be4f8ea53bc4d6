/**
 * The last answer to a question about a whole repository, kept from one run to the next. It is good as long as nothing that it was made from
 * has changed: then nothing is evaluated, compared or resolved. Otherwise units are looked up one by one, as in `unit-cache.ts`.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { digestOfVariable } from './observations.ts';
import { writeCache } from './write-cache.ts';

/** Everything that an answer is made from. */
export interface Grounds {
  trees: readonly SourceTree[];
  config: Config;
  environment: NodeJS.ProcessEnv;
  /** What else is given, as plain data. */
  given: unknown;
  /** Takes what the answer warns of, also when it is an old one. */
  warn: ((message: string) => void) | undefined;
}

/** What computes an answer is to use these, so that they can be kept with it. */
export interface Watched {
  /** Notes which variables are asked for. */
  environment: NodeJS.ProcessEnv;
  warn(message: string): void;
  /** Says that something was run, which may have another result the next time: the answer isn't kept. */
  ran(): void;
}

/** Kept as JSON. */
export interface LastAnswer<Answer> {
  answer(grounds: Grounds, compute: (watched: Watched) => Promise<Answer>): Promise<Answer>;
}

/** For when nothing is kept. */
export const noLastAnswer: LastAnswer<never> = {
  answer: (grounds, compute) => compute(watching(grounds)),
};

interface Kept<Answer> {
  key: string;
  /** Digests of the variables that were asked for. */
  variables: readonly (readonly [name: string, digest: string])[];
  warnings: readonly string[];
  answer: Answer;
}

/** @param file holds the answer; it is read at once */
export function lastAnswerIn<Answer>(file: string): LastAnswer<Answer> {
  const kept = load<Answer>(file);
  return {
    async answer(grounds, compute) {
      const key = keyOf(grounds);
      const { environment } = grounds;
      if (
        kept?.key === key &&
        kept.variables.every(([name, digest]) => digestOfVariable(environment, name) === digest)
      ) {
        for (const warning of kept.warnings) grounds.warn?.(warning);
        return kept.answer;
      }
      const watched = watching(grounds);
      const answer = await compute(watched);
      const { asked, warnings } = watched;
      const variables = Array.from(asked, (name) => [name, digestOfVariable(environment, name)] as const);
      if (watched.repeatable) writeCache(file, { key, variables, warnings, answer } satisfies Kept<Answer>);
      return answer;
    },
  };
}

function load<Answer>(file: string): Kept<Answer> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept<Answer>;
  } catch {
    return undefined; // not there, or cut off
  }
}

function keyOf({ trees, config, given }: Grounds): string {
  return hash('sha256', JSON.stringify([trees.map((tree) => [tree.root, digestOf(tree)]), config, given]), 'base64');
}

/** Of all names and contents. */
function digestOf(tree: SourceTree): string {
  if (tree.digest !== undefined) return tree.digest;
  const { files, links, submodules, blob } = tree;
  const lines = files.map((path) => `${blob(path) ?? ''} ${path}`);
  return hash('sha256', JSON.stringify([lines, [...links], [...submodules]]), 'base64');
}

function watching({ environment, warn }: Grounds) {
  const asked = new Set<string>();
  const warnings: string[] = [];
  const watched = {
    asked,
    warnings,
    repeatable: true,
    environment: new Proxy(environment, {
      get(variables, name) {
        if (typeof name === 'string') asked.add(name);
        return Reflect.get(variables, name);
      },
    }),
    warn(message: string) {
      warnings.push(message);
      warn?.(message);
    },
    ran() {
      watched.repeatable = false;
    },
  };
  return watched;
}
