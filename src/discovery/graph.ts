/** The dependency graph of a repository. */
import type { Config } from '../config/schema.ts';
import type { Unit } from '../model.ts';
import { findCommit } from '../repository/history.ts';
import { terragruntAt } from './ask-terragrunt.ts';
import { type CacheFile, defaultCacheDirectory, openCache } from './cache/cache-file.ts';
import { isLeftOut } from './configured.ts';
import { noteCycles } from './cycles.ts';
import { type Discovered, discover, errorOf } from './discover.ts';
import { aboutUnread, toldDoubts } from './doubts.ts';
import { environmentOfPlans } from './environment.ts';
import type { Dependencies } from './resolve-links.ts';
import { findRepository, openTree, type Repository } from './source/open.ts';
import type { SourceTree } from './source/source-tree.ts';
import { withStacks } from './stacks/expand.ts';
import { noteSharedStates } from './states/shared.ts';

/** What discovery is given by whoever calls it, whatever is asked. */
export interface DiscoveryContext {
  config: Config;
  environment?: NodeJS.ProcessEnv;
  /** Where units that were evaluated before are kept; null: each is evaluated anew; undefined: the user's cache directory. */
  cacheDirectory?: string | null | undefined;
  /** Takes a sentence about something that needs attention and stops nothing. */
  warn?: (message: string) => void;
  /** Told of each unit that is done. */
  progress?: (done: number, total: number) => void;
}

export interface GraphOptions extends DiscoveryContext {
  /** Any revision; undefined is the working tree, with untracked files that are not ignored. */
  commit?: string | undefined;
}

export interface GraphUnit extends Unit {
  /** Where the unit says that it depends on each of its dependencies: `file:line:column`. */
  because: Dependencies;
  /** Why it can't be known which state it writes; undefined when it can, or when it writes none. */
  unknownState: string | undefined;
}

/**
 * The units of the repository that holds `directory`, sorted by path; when that is a sub-directory, those below it. A unit's
 * `dependencies` are sorted and may lie outside of a sub-directory. One that can't be understood is there with what is known of it, and its `error`.
 * @throws GitError outside of a repository, or when there is no such commit
 */
export async function discoverGraph(directory: string, options: GraphOptions): Promise<GraphUnit[]> {
  const repository = await findRepository(directory);
  const commit = options.commit === undefined ? undefined : await findCommit(repository.directory, options.commit);
  const { submodules } = options.config.github;
  const opening = openTree(repository, commit, submodules);
  // Read while git is at work.
  const kept = cacheOf(repository, options);
  const { config, environment = process.env, warn, progress } = options;
  const settings = { config, environment: environmentOfPlans(config, environment), parsed: new Map() };
  const tree = withStacks(await opening, settings);
  warnOfSubmodules(tree, options);
  const ask = terragruntAt(repository, commit, { environment: settings.environment, submodules });
  const within = repository.prefix;
  const discovered = await discover(tree, { ...settings, cache: kept?.cache, ask, warn, progress, within });
  kept?.save();
  noteSharedStates(discovered);
  noteCycles(discovered);
  const open = [...discovered.values()].filter(({ runnable }) => runnable);
  for (const sentence of toldDoubts(open.map((one) => ({ ...one, doubts: aboutUnread(tree, one) })))) warn?.(sentence);
  const leftOut = isLeftOut(config);
  return [...discovered.values()].filter(({ path }) => !leftOut(path)).map(withMissing);
}

/** Undefined when nothing is to be kept. */
export function cacheOf({ root }: Repository, settings: DiscoveryContext): CacheFile | undefined {
  const { environment = process.env, cacheDirectory = defaultCacheDirectory(environment) } = settings;
  return cacheDirectory === null ? undefined : openCache(cacheDirectory, root);
}

/** What lies in submodules is nowhere in the graph unless it is set. */
export function warnOfSubmodules({ submodules }: SourceTree, { config, warn }: DiscoveryContext): void {
  if (submodules.size === 0 || config.github.submodules) return;
  const [are, their] = submodules.size === 1 ? ['is a submodule', 'its'] : ['are submodules', 'their'];
  warn?.(
    `${[...submodules].join(', ')} ${are}, and nobody looks at ${their} files: a change of them touches no unit, and they are missing where units are planned. Set github.submodules to true, unless no unit reads them.`,
  );
}

/** A dependency that isn't there is an edge that people want to see, and that Terragrunt shows. */
function withMissing({ unit, because, missing, states, problem }: Discovered): GraphUnit {
  const all = new Map([...missing, ...because]);
  return {
    ...unit,
    dependencies: [...all.keys()].sort(),
    because: all,
    unknownState: states.unknown,
    ...errorOf(problem),
  };
}
