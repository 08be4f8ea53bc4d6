/**
 * A commit's files, read from git's objects: one `ls-tree` for the names, contents when they are asked for. The first few are read one by
 * one, which is all that is needed where most units come from the cache; then everything that is likely to be read, in one go.
 */
import { spawnSync } from 'node:child_process';
import { GitError } from '../../errors.ts';
import { gitBytes, gitEnvironment } from '../../repository/git.ts';
import { submodulesAt } from '../../repository/submodules.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/** Names of files that are read in one go. */
const likelyRead = /\.(hcl|tf|tofu|tfvars)$|\.(hcl|tf|tofu)\.json$/;
const oneByOne = 5;

interface Entry {
  path: string;
  mode: string;
  blob: string;
  /** Where git finds it: the repository, or a submodule's. */
  directory: string;
}

const symbolicLink = '120000';

/**
 * The tree of `commit`, which may be any revision; also in a bare repository.
 * @param within whether to look into submodules
 * @throws GitError when there is no such commit, or when a submodule can't be had
 */
export async function commitTree(
  directory: string,
  root: string,
  commit: string,
  within: boolean | Promise<boolean> = false,
): Promise<SourceTree> {
  const { entries, submodules } = await listingOf(directory, commit, within);
  const links = entries.filter((entry) => entry.mode === symbolicLink);
  const known = new Map(entries.map((entry) => [entry.path, entry]));
  const contents = readBlobs(links);
  let asked = 0;
  return sourceTree({
    root,
    paths: entries.map((entry) => entry.path),
    links: new Map(links.map((link) => [link.path, contents.get(link.blob) ?? ''])),
    submodules,
    blob: (path) => known.get(path)?.blob,
    read(path) {
      const entry = known.get(path);
      if (entry === undefined || contents.has(entry.blob)) return contents.get(entry?.blob ?? '');
      const wanted = ++asked === oneByOne ? entries.filter((one) => likelyRead.test(one.path)) : [];
      for (const [id, text] of readBlobs([...wanted, entry])) contents.set(id, text);
      return contents.get(entry.blob);
    },
  });
}

interface Listing {
  entries: Entry[];
  submodules: Set<string>;
}

async function listingOf(directory: string, commit: string, within: boolean | Promise<boolean>): Promise<Listing> {
  const list = ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options'];
  const listed = parseListing(directory, (await gitBytes(directory, [...list, commit])).toString('utf8'));
  if (listed.submodules.size === 0 || !(await within)) return listed;
  for (const { path, commit: own, directory: place } of await submodulesAt(directory, commit)) {
    const inner = parseListing(place, (await gitBytes(place, [...list, own])).toString('utf8'));
    for (const entry of inner.entries) listed.entries.push({ ...entry, path: `${path}/${entry.path}` });
    for (const one of inner.submodules) listed.submodules.add(`${path}/${one}`);
  }
  return listed;
}

function parseListing(directory: string, listing: string): Listing {
  const entries: Entry[] = [];
  const submodules = new Set<string>();
  for (const line of listing.split('\0')) {
    const tab = line.indexOf('\t');
    const [mode, type, blob] = line.slice(0, tab).split(' ');
    const path = line.slice(tab + 1);
    if (type === 'commit') submodules.add(path);
    else if (mode && blob && type === 'blob') entries.push({ path, mode, blob, directory });
  }
  return { entries, submodules };
}

/** Contents by id. Waits for git, since whoever asks is in the middle of evaluating an expression. */
function readBlobs(entries: readonly Pick<Entry, 'blob' | 'directory'>[]): Map<string, string> {
  const contents = new Map<string, string>();
  for (const [directory, wanted] of Map.groupBy(entries, (entry) => entry.directory))
    readBlobsOf(directory, [...new Set(wanted.map(({ blob }) => blob))], contents);
  return contents;
}

function readBlobsOf(directory: string, blobs: readonly string[], contents: Map<string, string>): void {
  const output = catFile(directory, blobs);
  let at = 0;
  for (const blob of blobs) {
    const lineEnd = output.indexOf(10, at);
    const size = Number(output.toString('latin1', at, lineEnd).split(' ')[2]);
    if (!Number.isInteger(size))
      throw new GitError(`The object ${blob} can't be read from ${directory}; run git fsck there.`);
    contents.set(blob, output.toString('utf8', lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 1;
  }
}

const mostBytes = 2 ** 31;

function catFile(directory: string, blobs: readonly string[]): Buffer {
  const child = spawnSync('git', ['cat-file', '--batch', '--buffer'], {
    cwd: directory,
    env: gitEnvironment(),
    input: `${blobs.join('\n')}\n`,
    maxBuffer: mostBytes,
  });
  if (child.status === 0) return child.stdout;
  const said = child.error?.message ?? child.stderr?.toString('utf8').trim();
  throw new GitError(`Objects of the repository can't be read from ${directory}: ${said}`);
}
