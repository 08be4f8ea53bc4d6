/** What all evaluations in one tree share: the files, and results that are the same for every unit. */

import type { Reads } from './file-functions.ts';
import type { Value } from './hcl/values.ts';
import { type ParseCache, type ParsedFiles, parsedFiles } from './parsed-files.ts';
import type { SourceTree } from './source/source-tree.ts';
import type { Module } from './terraform/module.ts';

export interface Session {
  tree: SourceTree;
  files: ParsedFiles;
  environment: NodeJS.ProcessEnv;
  /** Results of `read_terragrunt_config` by path. */
  shared: Map<string, { value: Value; reads: Reads }>;
  /** Terraform modules by directory; undefined where there is none. */
  modules: Map<string, Module | undefined>;
  /** Directories with a unit's configuration or Terraform code in them: a parent's files end there. */
  boundaries: ReadonlySet<string>;
}

const configuration = /(^|\/)(terragrunt\.hcl(\.json)?|[^/]+\.(tf|tofu)(\.json)?)$/;

export interface SessionOptions {
  cache: ParseCache;
  environment: NodeJS.ProcessEnv;
}

export function openSession(tree: SourceTree, { cache, environment }: SessionOptions): Session {
  const boundaries = new Set<string>();
  for (const file of tree.files)
    if (configuration.test(file)) boundaries.add(file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.');
  return {
    tree,
    files: parsedFiles(tree, cache),
    environment,
    shared: new Map(),
    modules: new Map(),
    boundaries,
  };
}

/** The files of a directory and of those below it that are neither a unit nor a module of their own. */
export function filesOfDirectory(session: Session, directory: string): string[] {
  const { boundaries } = session;
  const inside = new Map<string, boolean>([[directory, true]]);
  const belongs = (place: string): boolean => {
    let answer = inside.get(place);
    if (answer === undefined) {
      answer = !boundaries.has(place) && belongs(place.includes('/') ? place.slice(0, place.lastIndexOf('/')) : '.');
      inside.set(place, answer);
    }
    return answer;
  };
  return session.tree
    .below(directory)
    .filter((file) => belongs(file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.'));
}
