/**
 * Commits that are needed and may not be here: a build's clone has only the newest of them. What is missing comes from the clone's
 * `origin`:
 *
 * - a commit that is named by its id is fetched by it, alone, where the server allows that, as GitHub does;
 * - any other revision, and a question about history (which commit is whose ancestor) fetches the history backwards, in steps that double, until the
 *   answer is there or the history has come to its beginning. A few commits are asked about mostly, and then one step is enough.
 *
 * A clone that isn't shallow is never made so.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GitError, messageOf } from '../errors.ts';
import { git, isBare, quietly, saysNoSuchCommit } from './git.ts';

const firstStep = 64;

/**
 * The whole id of any revision.
 * @throws GitError when neither the repository nor its origin has such a commit, or when the origin can't be asked
 */
export async function findCommit(directory: string, revision: string): Promise<string> {
  const id = await lookForCommit(directory, revision);
  if (id !== undefined) return id;
  throw new GitError(
    `${revision} is no commit of the repository in ${directory}, nor of its origin; a force push may have removed it. Fetch it, or take the branch's present head.`,
  );
}

/**
 * Undefined when the commit is surely gone.
 * @throws GitError when the origin, which may have it, can't be asked
 */
export async function lookForCommit(directory: string, revision: string): Promise<string | undefined> {
  const here = await idOf(directory, revision);
  if (here !== undefined || !(await hasOrigin(directory))) return here;
  if (wholeId.test(revision) && (await fetchCommit(directory, revision))) return revision;
  for await (const _ of deeper(directory, [])) {
    const found = await idOf(directory, revision);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Fetches one commit by its id. False when the origin doesn't have it (any more).
 * @throws GitError when there is no origin, or when it can't be asked
 */
export async function fetchCommit(directory: string, commit: string): Promise<boolean> {
  const alone = (await boundary(directory)) === '' ? [] : ['--depth=1'];
  try {
    await git(directory, [...fetchQuietly, ...alone, 'origin', commit]);
    return true;
  } catch (error) {
    if (saysNoSuchCommit(error)) return false;
    throw error;
  }
}

/**
 * Whether `newer` has `older` in its history; false, too, when there is no `older` (any more).
 * @throws GitError when the history isn't here and the origin can't be asked for it
 */
export async function leadsTo(directory: string, older: string, newer: string): Promise<boolean> {
  const known = () => isKnownToLeadTo(directory, older, newer);
  if (await known()) return true;
  for await (const _ of deeper(directory, [newer])) if (await known()) return true;
  return false;
}

/** The same from what is here. */
export async function isKnownToLeadTo(directory: string, older: string, newer: string): Promise<boolean> {
  return git(directory, ['merge-base', '--is-ancestor', older, newer]).then(
    () => true,
    () => false,
  );
}

/**
 * The newest commit that both have in their history; undefined when there is none.
 * @throws GitError when the history isn't here and the origin can't be asked for it
 */
export async function mergeBase(directory: string, one: string, other: string): Promise<string | undefined> {
  const known = async () => (await git(directory, ['merge-base', one, other]).catch(() => '')).trim() || undefined;
  let found = await known();
  if (found !== undefined) return found;
  for await (const _ of deeper(directory, [one, other])) {
    found = await known();
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Where a branch stands now: in a bare repository its own, else origin's, fetched. Undefined when there is no such branch (any more).
 * @throws GitError when the origin can't be asked
 */
export async function tipOf(directory: string, branch: string): Promise<string | undefined> {
  if (await isBare(directory)) return idOf(directory, `refs/heads/${branch}`);
  const kept = `refs/live-ci/${branch}`;
  try {
    await git(directory, [...fetchQuietly, 'origin', `+refs/heads/${branch}:${kept}`]);
  } catch (error) {
    if (saysNoSuchCommit(error)) return undefined;
    throw error;
  }
  return idOf(directory, kept);
}

const wholeId = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Collecting garbage would forget where a history that no branch holds was cut off. */
const fetchQuietly = [...quietly, '-c', 'gc.auto=0', '-c', 'maintenance.auto=false', 'fetch', '--quiet', '--no-tags'];

/** The whole id of any revision that is here. */
export async function idOf(directory: string, revision: string): Promise<string | undefined> {
  const id = await git(directory, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]).catch(() => '');
  return id.trim() || undefined;
}

async function hasOrigin(directory: string): Promise<boolean> {
  return (await git(directory, ['remote'])).split('\n').includes('origin');
}

/** The commits at which the history is cut off, as git keeps them; empty when it is whole. */
async function boundary(directory: string): Promise<string> {
  const file = (await git(directory, ['rev-parse', '--git-path', 'shallow'])).trim();
  return readFile(resolve(directory, file), 'utf8').catch(() => '');
}

/**
 * Fetches more of the history again and again, for as long as there is more.
 * @param commits whose history; none: that of the branches which the clone follows
 */
async function* deeper(directory: string, commits: readonly string[]): AsyncGenerator<void> {
  let before = await boundary(directory);
  for (let step = firstStep; before !== ''; step *= 2) {
    try {
      await git(directory, [...fetchQuietly, `--deepen=${step}`, 'origin', ...commits]);
    } catch (error) {
      throw new GitError(
        `the clone in ${directory} is shallow, and origin can't be asked for more of its history: ${messageOf(error)}. Run git fetch --unshallow there, or clone without a depth.`,
        { cause: error },
      );
    }
    const now = await boundary(directory);
    if (now === before) return;
    before = now;
    yield;
  }
}
