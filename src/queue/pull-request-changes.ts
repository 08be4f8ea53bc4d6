/** What an open pull request would deliver. */
import type { Config } from '../config/schema.ts';
import { discoverTouched, type Touched } from '../discovery/touched.ts';
import { GitError } from '../errors.ts';
import { findCommit, mergeBase, tipOf } from '../repository/history.ts';

/**
 * Compared with where it went apart from the branch that it goes to. It may be anybody's code, so nothing of it is run (Terragrunt is
 * not asked), and it finds no variable of the build.
 * @throws GitError, and DiscoveryError for code that can't be understood
 */
export async function pullRequestChanges(
  directory: string,
  revision: string,
  config: Config,
  warn: (message: string) => void,
): Promise<Touched> {
  const head = await findCommit(directory, revision);
  const tip = await tipOf(directory, config.branch);
  const base = tip && (await mergeBase(directory, tip, head));
  if (!base)
    throw new GitError(
      `${head.slice(0, 12)} and ${config.branch} have no commit in common, so nobody can say what it would change; base the pull request on ${config.branch}.`,
    );
  return discoverTouched(directory, {
    base,
    head,
    // Whoever wrote it says where submodules come from, too.
    config: {
      ...config,
      unknownDependencies: 'warn',
      github: { ...config.github, submodules: false },
      build: { ...config.build, environmentVariables: [] },
    },
    environment: {},
    cacheDirectory: null,
    warn,
  });
}
