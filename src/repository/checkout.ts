/**
 * Working trees of a commit, each for one run and gone after it.
 *
 * A unit's checkout lies at the same path every time where that path is free: tools write absolute paths into plans
 * (`get_terragrunt_dir()`, `abspath(path.module)`), and a plan that is made in one build is applied in another.
 */
import { fileURLToPath } from 'node:url';
import { GitError } from '../errors.ts';
import { git, hasCommit, quietly, saysNoSuchCommit } from './git.ts';
import { fetchCommit } from './history.ts';
import { freePlace, type Place } from './place.ts';
import { checkOutSubmodules } from './submodules.ts';

/** Its place, filled with the commit's files. */
export type Checkout = Place;

export interface Checkouts {
  /**
   * A checkout of `commit`. Those with the same `name` lie at the same path when no other of that name is in use.
   * @throws GitError when the repository can't be reached or has no such commit (any more)
   */
  at(commit: string, name?: string): Promise<Checkout>;
}

export interface CheckoutOptions {
  /** Whether they have the files of submodules, too. */
  submodules?: boolean;
}

/**
 * Checkouts of a repository by its URL or path. One on this machine lends its objects; from any other only the commit
 * that is asked for is fetched.
 */
export function checkoutsOf(repositoryUrl: string, { submodules = false }: CheckoutOptions = {}): Checkouts {
  const path = localPath(repositoryUrl);
  return {
    async at(commit, name) {
      const place = await freePlace(name);
      return orClear(place, async () => {
        const { directory } = place;
        if (path === undefined) await fetchInto(directory, repositoryUrl, commit);
        else await git(directory, [...quietly, 'clone', '--quiet', '--shared', '--no-checkout', '--', path, directory]);
        await requireCommit(directory, commit, repositoryUrl);
        await git(directory, [...quietly, 'checkout', '--quiet', '--detach', commit]);
        if (submodules) await checkOutSubmodules(directory, commit, { directory, address: repositoryUrl });
        return place;
      });
    },
  };
}

/** Checkouts beside an existing one, as its further worktrees; a commit that it lacks is fetched from its `origin`. */
export function checkoutsBeside(existing: string, { submodules = false }: CheckoutOptions = {}): Checkouts {
  return {
    async at(commit, name) {
      if (!(await hasCommit(existing, commit)) && !(await fetchCommit(existing, commit)))
        throw noSuchCommit(commit, `the checkout in ${existing} or its origin`);
      const place = await freePlace(name);
      return orClear(place, async () => {
        await git(existing, [...quietly, 'worktree', 'add', '--quiet', '--force', '--detach', place.directory, commit]);
        if (submodules) await checkOutSubmodules(place.directory, commit, { directory: existing });
        return {
          ...place,
          async [Symbol.asyncDispose]() {
            await place[Symbol.asyncDispose]();
            await git(existing, ['worktree', 'prune']);
          },
        };
      });
    },
  };
}

async function fetchInto(directory: string, url: string, commit: string): Promise<void> {
  await git(directory, [...quietly, 'init', '--quiet']);
  try {
    await git(directory, [...quietly, 'fetch', '--quiet', '--no-tags', '--depth=1', '--', url, commit]);
  } catch (error) {
    throw saysNoSuchCommit(error) ? noSuchCommit(commit, url, error) : error;
  }
}

async function requireCommit(directory: string, commit: string, where: string): Promise<void> {
  if (!(await hasCommit(directory, commit))) throw noSuchCommit(commit, where);
}

function noSuchCommit(commit: string, where: string, cause?: unknown): GitError {
  return new GitError(
    `commit ${commit} no longer exists in ${where}, probably because of a force push; push the branch's present commit to have it delivered.`,
    { cause },
  );
}

/** Undefined when the repository isn't on this machine. */
function localPath(repositoryUrl: string): string | undefined {
  if (repositoryUrl.startsWith('file://')) return fileURLToPath(repositoryUrl);
  const remote = /^[a-z][a-z0-9+.-]*:\/\//i.test(repositoryUrl) || /^[^/]+@[^/]+:/.test(repositoryUrl);
  return remote ? undefined : repositoryUrl;
}

async function orClear<Value>(place: Place, make: () => Promise<Value>): Promise<Value> {
  try {
    return await make();
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
}
