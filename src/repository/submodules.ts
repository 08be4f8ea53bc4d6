/**
 * The submodules of a commit, and a git directory for each that has its commit: the one that `git submodule` has made in a clone (a build's
 * source has them where CodeBuild fetched them), else one of our own beside it, into which just that commit is fetched.
 *
 * Where a submodule comes from is what `.gitmodules` says at that very commit, relative addresses included. As for git itself, what a
 * repository says may not lead to files of this machine.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GitError, messageOf } from '../errors.ts';
import { git, hasCommit, quietly } from './git.ts';

export interface Submodule {
  path: string;
  commit: string;
  /** Where git finds the commit. */
  directory: string;
}

export interface Gitlink {
  path: string;
  commit: string;
}

/** Where a submodule comes from. */
export interface Source {
  name: string;
  url: string;
}

/** A commit has a submodule of which its `.gitmodules` doesn't say where it comes from. */
export class NoSourceError extends GitError {
  readonly path: string;

  constructor(path: string, commit: string) {
    super(
      `${path} is a submodule of ${commit.slice(0, 12)}, and its .gitmodules doesn't say where that comes from; add it with git submodule add.`,
    );
    this.path = path;
  }
}

/**
 * Those of a commit, and those in them, each with its path in the repository; the outer ones first.
 * @param address where the repository comes from; none: its origin, else itself
 * @throws GitError when one of them can't be had
 */
export async function submodulesAt(directory: string, commit: string, address?: string): Promise<Submodule[]> {
  const links = await gitlinksAt(directory, commit);
  if (links.length === 0) return [];
  const [sources, from] = [await sourcesAt(directory, commit), address ?? (await addressOf(directory))];
  const found: Submodule[] = [];
  for (const link of links) {
    const source = sources.get(link.path);
    if (source === undefined) throw new NoSourceError(link.path, commit);
    const url = submoduleAddress(source.url, from);
    const outer = { ...link, directory: await directoryOf(directory, link, source.name, url) };
    const inner = await submodulesAt(outer.directory, outer.commit, url);
    found.push(outer, ...inner.map((one) => ({ ...one, path: `${link.path}/${one.path}` })));
  }
  return found;
}

/** Fills the places of a checkout's submodules. @throws GitError */
export async function checkOutSubmodules(
  checkout: string,
  commit: string,
  from: { directory: string; address?: string },
): Promise<void> {
  for (const { path, commit: own, directory } of await submodulesAt(from.directory, commit, from.address)) {
    await git(directory, ['worktree', 'prune']);
    const add = ['worktree', 'add', '--quiet', '--force', '--detach', join(checkout, path), own];
    await git(directory, [...quietly, ...add]);
  }
}

/** Entries of a tree that are commits of other repositories. */
export async function gitlinksAt(directory: string, commit: string): Promise<Gitlink[]> {
  const listing = await git(directory, ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', commit]);
  return listing.split('\0').flatMap((entry) => {
    const [, id, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    return id === undefined || path === undefined ? [] : [{ path, commit: id }];
  });
}

/** A submodule's address as git understands it: `./` and `../` begin at the address of the repository that has it. */
export function submoduleAddress(url: string, from: string): string {
  let [rest, base, separator] = [url, from.replace(/\/+$/, ''), '/'];
  if (!/^\.\.?\//.test(url)) return url;
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const at = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'));
      separator = base[at] ?? '/';
      base = base.slice(0, Math.max(at, 0));
    } else return `${base}${separator}${rest}`;
  }
}

async function addressOf(directory: string): Promise<string> {
  return (await git(directory, ['config', '--get', 'remote.origin.url']).catch(() => '')).trim() || resolve(directory);
}

/** By path, as `.gitmodules` says at the commit. */
export async function sourcesAt(directory: string, commit: string): Promise<Map<string, Source>> {
  const said = await git(directory, ['config', '--blob', `${commit}:.gitmodules`, '-z', '--list']).catch(() => '');
  const values = new Map(said.split('\0').map((entry) => entry.split('\n', 2) as [string, string]));
  return new Map(
    [...values].flatMap(([key, path]) => {
      const name = /^submodule\.(.*)\.path$/s.exec(key)?.[1];
      const url = values.get(`submodule.${name}.url`);
      return name === undefined || url === undefined ? [] : [[path, { name, url }] as const];
    }),
  );
}

async function directoryOf(repository: string, link: Gitlink, name: string, url: string): Promise<string> {
  const common = resolve(repository, (await git(repository, ['rev-parse', '--git-common-dir'])).trim());
  const places = [join(common, 'modules', name), join(repository, link.path, '.git')];
  for (const place of places) {
    if (!name.includes('..') && existsSync(place) && (await hasCommit(join(place), link.commit))) return place;
  }
  const own = join(common, 'live-ci-modules', encodeURIComponent(name));
  await inTurn(own, () => fetchInto(own, link, url));
  return own;
}

/** Also the names of a submodule that means harm: GIT_PROTOCOL_FROM_USER has git refuse addresses of this machine and commands. */
async function fetchInto(own: string, { path, commit }: Gitlink, url: string): Promise<void> {
  if (!existsSync(own)) {
    await mkdir(own, { recursive: true });
    await git(own, ['init', '--quiet', '--bare', '.']);
  }
  if (await hasCommit(own, commit)) return;
  const fetch = [...quietly, '-c', 'gc.auto=0', 'fetch', '--quiet', '--no-tags', '--depth=1', '--', url, commit];
  await git(own, fetch, { environment: { GIT_PROTOCOL_FROM_USER: '0' } }).catch((error) => {
    throw new GitError(
      `the submodule ${path} is at ${commit.slice(0, 12)}, which can't be fetched from ${url}; push that commit, or give a token that reads it (github.token in the configuration). ${messageOf(error)}`,
      { cause: error },
    );
  });
}

const turns = new Map<string, Promise<void>>();

/** Two trees are read at the same time, and git fetches into a directory once at a time. Who waits for one that fails, fails with it. */
async function inTurn(place: string, work: () => Promise<void>): Promise<void> {
  const mine = (turns.get(place) ?? Promise.resolve()).then(work);
  turns.set(place, mine);
  try {
    await mine;
  } finally {
    if (turns.get(place) === mine) turns.delete(place);
  }
}
