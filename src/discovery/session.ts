/** What all evaluations in one tree share: the files, and results that are the same for every unit. */

import { forgetful, type Recorder, type Trace, watched } from './cache/observations.ts';
import { leastSteps, withBudget } from './hcl/budget.ts';
import type { Value } from './hcl/values.ts';
import { type ParseCache, type ParsedFiles, parsedFiles } from './parsed-files.ts';
import type { Reads } from './reads.ts';
import { directoryOf } from './repository-path.ts';
import type { SourceTree } from './source/source-tree.ts';
import type { Module } from './terraform/module.ts';

export interface Session {
  /** What is asked of it is recorded. */
  tree: SourceTree;
  files: ParsedFiles;
  recorder: Recorder;
  /** The value of an environment variable. */
  variable(name: string): string | undefined;
  /** What each unit and module may take. */
  steps: number;
  /** Results of `read_terragrunt_config` by path, with the steps that they took. */
  shared: Map<string, { read: { value: Value; reads: Reads; steps: number }; trace: Trace }>;
  /** Terraform modules by directory; undefined where there is none. */
  modules: Map<string, { module: Module | undefined; trace: Trace }>;
  /** Directories with a unit's configuration or Terraform code in them: a parent's files end there. */
  boundaries: ReadonlySet<string>;
  /** Those of them with Terraform code in them, sorted. */
  codeDirectories: readonly string[];
}

const configuration = /^(?:terragrunt\.(hcl)|.+\.(?:tf|tofu))(?:\.json)?$/;

export interface SessionOptions {
  parsed: ParseCache;
  recorder: Recorder;
  environment: NodeJS.ProcessEnv;
  steps: number;
}

export function openSession(tree: SourceTree, options: SessionOptions): Session {
  const { parsed, recorder, environment, steps } = options;
  const seen = recorder === forgetful ? tree : watched(tree, recorder);
  let directories: Directories | undefined;
  const lookedThrough = () => (directories ??= directoriesOf(tree.files));
  return {
    tree: seen,
    files: parsedFiles(tree, parsed, recorder),
    recorder,
    variable(name) {
      recorder.note('variable', name);
      return environment[name];
    },
    steps,
    shared: new Map(),
    modules: new Map(),
    get boundaries() {
      return lookedThrough().boundaries;
    },
    get codeDirectories() {
      return lookedThrough().codeDirectories;
    },
  };
}

/** Evaluates one unit, module or stack. Whether it is too much may depend on how large the repository is, and is looked at again where it is another one. */
export function counted<T>({ steps, recorder }: Session, evaluate: () => T): T {
  return withBudget(steps, evaluate, (spent) => {
    if (spent > leastSteps) recorder.note('steps', '');
  });
}

type Directories = Pick<Session, 'boundaries' | 'codeDirectories'>;

function directoriesOf(files: readonly string[]): Directories {
  const boundaries = new Set<string>();
  const code = new Set<string>();
  for (const file of files) {
    const match = configuration.exec(file.slice(file.lastIndexOf('/') + 1));
    if (match === null) continue;
    const directory = directoryOf(file);
    boundaries.add(directory);
    if (match[1] === undefined) code.add(directory);
  }
  return { boundaries, codeDirectories: [...code].sort() };
}

/** The files of a directory and of those below it that are neither a unit nor a module of their own. */
export function filesOfDirectory(session: Session, directory: string): string[] {
  const { boundaries } = session;
  const inside = new Map<string, boolean>([[directory, true]]);
  const belongs = (place: string): boolean => {
    let answer = inside.get(place);
    if (answer === undefined) {
      answer = !boundaries.has(place) && belongs(directoryOf(place));
      inside.set(place, answer);
    }
    return answer;
  };
  return session.tree.below(directory).filter((file) => belongs(directoryOf(file)));
}
