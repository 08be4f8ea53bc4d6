/** What discovery is given by whoever calls it, whatever is asked, and what it keeps. */
import type { Config } from '../config/schema.ts';
import type { Grounds, Watched } from './cache/last-answer.ts';
import { defaultCacheDirectory, openCache, type RepositoryCache } from './cache/repository-cache.ts';
import { environmentOfPlans } from './environment.ts';
import type { Repository } from './source/open.ts';
import type { SourceTree } from './source/source-tree.ts';

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

/** Undefined when nothing is to be kept. */
export function cacheOf(
  { root }: Repository,
  { environment = process.env, cacheDirectory }: Pick<DiscoveryContext, 'environment' | 'cacheDirectory'>,
): RepositoryCache | undefined {
  const directory = cacheDirectory === undefined ? defaultCacheDirectory(environment) : cacheDirectory;
  return directory === null ? undefined : openCache(directory, root);
}

/** @param given what is asked besides, as plain data */
export function groundsOf(
  trees: readonly SourceTree[],
  { config, environment = process.env, warn }: DiscoveryContext,
  given: unknown,
): Grounds {
  return { trees, config, environment: environmentOfPlans(config, environment), given, warn };
}

/** What an answer is evaluated with. */
export interface EvaluateOptions {
  repository: Repository;
  cache: RepositoryCache | undefined;
  grounds: Grounds;
  watched: Watched;
  progress: DiscoveryContext['progress'];
}

/** As `discover` takes them. */
export function settingsOf({ repository, grounds, watched, progress = () => {} }: EvaluateOptions) {
  const { environment, warn } = watched;
  return { config: grounds.config, environment, warn, progress, parsed: new Map(), within: repository.prefix };
}

/** What lies in submodules is nowhere in the graph unless it is set. */
export function warnOfSubmodules(
  { submodules }: SourceTree,
  { config, warn }: Pick<DiscoveryContext, 'config' | 'warn'>,
): void {
  if (submodules.size === 0 || config.github.submodules) return;
  const [are, their] = submodules.size === 1 ? ['is a submodule', 'its'] : ['are submodules', 'their'];
  warn?.(
    `${[...submodules].join(', ')} ${are}, and nobody looks at ${their} files: a change of them touches no unit, and they are missing where units are planned. Set github.submodules to true, unless no unit reads them.`,
  );
}
