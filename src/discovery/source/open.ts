/** Opens a repository at a commit, or its working tree. */
import { realpathSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { git } from '../../repository/git.ts';
import { commitTree } from './commit.ts';
import type { SourceTree } from './source-tree.ts';
import { workingTree } from './working-tree.ts';

export interface Repository {
  /** Where git runs. */
  directory: string;
  /** The working tree's root; for a bare repository, where one would be. */
  root: string;
  bare: boolean;
  /** The directory that was asked for, relative to the root; `.` is the root. */
  prefix: string;
}

/** @throws GitError when `directory` lies in no repository */
export async function findRepository(directory: string): Promise<Repository> {
  const answers = await git(directory, ['rev-parse', '--is-bare-repository', '--show-cdup']);
  const [isBare, up = ''] = answers.split('\n');
  const here = realpathSync(directory);
  if (isBare === 'true') {
    const name = basename(here).replace(/\.git$/, '');
    return { directory, root: `/${name || 'repository'}`, bare: true, prefix: '.' };
  }
  const root = resolve(here, up);
  return { directory: root, root, bare: false, prefix: relative(root, here).replaceAll('\\', '/') || '.' };
}

/**
 * @param commit its id, from `findCommit`; undefined is the working tree
 * @param within whether to look into submodules; may be told while git is at work
 * @throws GitError, UsageError
 */
export async function openTree(
  repository: Repository,
  commit: string | undefined,
  within: boolean | Promise<boolean>,
): Promise<SourceTree> {
  if (commit !== undefined) return commitTree(repository.directory, repository.root, commit, within);
  if (repository.bare)
    throw new UsageError(`${repository.directory} is a bare repository without a working tree; name a commit.`);
  return workingTree(repository.root, within);
}
