/** A bare repository of our own, for a while, that knows another one's branch. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, hasCommit, saysNoSuchCommit } from './git.ts';

export interface Remote extends AsyncDisposable {
  /** Where git runs. */
  directory: string;
  /** The present tip of a branch, its history fetched; undefined when there is no such branch. */
  tip(branch: string): Promise<string | undefined>;
  /** Whether the repository (still) has the commit; it is here then. @throws GitError when it can't be asked */
  has(commit: string): Promise<boolean>;
  /** False when the branch has moved on meanwhile, and nothing was pushed. */
  push(commit: string, branch: string): Promise<boolean>;
  /**
   * Makes the branch anew, or takes it away, when it is still as it was.
   * @param commit null: the branch goes
   * @param before undefined: there was no such branch
   */
  replace(branch: string, before: string | undefined, commit: string | null): Promise<boolean>;
}

export async function openRemote(url: string): Promise<Remote> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-sync-'));
  const run = (...args: string[]) => git(directory, args);
  await run('init', '--quiet', '--bare');
  // Submodules may come from addresses that are relative to it.
  await run('remote', 'add', '--', 'origin', url);
  const has = async (commit: string) => {
    if (await hasCommit(directory, commit)) return true;
    try {
      await run('fetch', '--quiet', '--no-tags', '--', url, commit);
      return true;
    } catch (error) {
      if (saysNoSuchCommit(error)) return false;
      throw error; // A server that does not answer has not said that the commit is gone.
    }
  };
  const pushed = async (refspec: string, ...options: string[]) => {
    try {
      await run('push', '--quiet', ...options, '--', url, refspec);
      return true;
    } catch (error) {
      if (
        /\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value/.test(String(error))
      )
        return false;
      throw error;
    }
  };
  return {
    directory,
    has,
    async tip(branch) {
      const listed = await run('ls-remote', '--', url, `refs/heads/${branch}`);
      if (listed.trim() === '') return undefined;
      const local = `refs/remote/${branch}`;
      await run('fetch', '--quiet', '--no-tags', '--', url, `+refs/heads/${branch}:${local}`);
      return (await run('rev-parse', local)).trim();
    },
    push: (commit, branch) => pushed(`${commit}:refs/heads/${branch}`),
    replace: (branch, before, commit) =>
      pushed(`${commit ?? ''}:refs/heads/${branch}`, `--force-with-lease=refs/heads/${branch}:${before ?? ''}`),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}
