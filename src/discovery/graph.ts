/** The dependency graph of a repository. Evaluating it is loaded when there is something to evaluate. */
import type { Config } from '../config/schema.ts';
import type { Unit } from '../model.ts';
import { findCommit } from '../repository/history.ts';
import { noLastAnswer } from './cache/last-answer.ts';
import { cacheOf, type DiscoveryContext, groundsOf } from './context.ts';
import { findRepository, openTree } from './source/open.ts';

export interface GraphOptions extends Omit<DiscoveryContext, 'config'> {
  /** May be read while git is at work. */
  config: Config | (() => Promise<Config>);
  /** Any revision; undefined is the working tree, with untracked files that are not ignored. */
  commit?: string | undefined;
}

/** As JSON can hold it. */
export interface GraphUnit extends Unit {
  /** Where the unit says that it depends on each of its dependencies: `file:line:column`. */
  because: readonly (readonly [path: string, place: string])[];
  /** Why it can't be known which state it writes; undefined when it can, or when it writes none. */
  unknownState: string | undefined;
}

/**
 * The units of the repository that holds `directory`, sorted by path; when that is a sub-directory, those below it. A unit's
 * `dependencies` are sorted and may lie outside of a sub-directory. One that can't be understood is there with what is known of it, and its `error`.
 * @throws GitError outside of a repository, or when there is no such commit; what reading the configuration throws
 */
export async function discoverGraph(directory: string, options: GraphOptions): Promise<GraphUnit[]> {
  const repository = await findRepository(directory);
  const commit = options.commit === undefined ? undefined : await findCommit(repository.directory, options.commit);
  const { promise: submodules, resolve: readSubmodules } = Promise.withResolvers<boolean>();
  const opening = openTree(repository, commit, submodules);
  // Read while git is at work, as is the last answer.
  const reading = typeof options.config === 'function' ? options.config() : options.config;
  const cache = cacheOf(repository, options);
  // Where nothing is kept, there is something to evaluate.
  const loading = cache === undefined ? evaluation() : undefined;
  const last = cache?.lastAnswer<GraphUnit[]>('graph') ?? noLastAnswer;
  const read = async () => {
    const config = await reading;
    readSubmodules(config.github.submodules);
    return config;
  };
  const [tree, config] = await Promise.all([opening, read()]);
  const { prefix: within } = repository;
  const grounds = groundsOf([tree], { ...options, config }, { within });
  return last.answer(grounds, async (watched) => {
    const { evaluateGraph } = await (loading ?? evaluation());
    const { progress } = options;
    return evaluateGraph(tree, { repository, commit, cache, grounds, watched, progress });
  });
}

function evaluation() {
  return import('./evaluate-graph.ts');
}
