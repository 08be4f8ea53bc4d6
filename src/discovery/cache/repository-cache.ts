/**
 * The cache on disk: files for each repository and build of this program, in the user's cache directory. Any of them may be deleted at any time.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { userCache } from '../../user-folders.ts';
import { type LastAnswer, lastAnswerIn } from './last-answer.ts';

export interface RepositoryCache {
  /** The file of evaluated units. */
  units: string;
  /** Reads it. @param question each has its own */
  lastAnswer<Answer>(question: 'graph' | 'changes'): LastAnswer<Answer>;
}

/** Digest of what this program was built from; undefined when it runs from its sources. */
declare const LIVE_CI_BUILD: string | undefined;
const build = typeof LIVE_CI_BUILD === 'undefined' ? undefined : LIVE_CI_BUILD;

/** Where caches are; null when this program runs from its sources, which change without a new name. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv): string | null {
  if (build === undefined) return null;
  return join(userCache(environment, 'discovery'), build);
}

/** @param root the repository's: absolute paths in its values begin with it */
export function openCache(directory: string, root: string): RepositoryCache {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
  return {
    units: join(directory, `${name}.json`),
    lastAnswer: (question) => lastAnswerIn(join(directory, `${name}.${question}.json`)),
  };
}
