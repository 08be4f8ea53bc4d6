/**
 * A commit's files, read from git's objects: one `ls-tree` for the names, contents when they are asked for. The first few are read one by
 * one, which is all that is needed where most units come from the cache; then everything that is likely to be read, in one go.
 */
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { GitError } from '../../errors.ts';
import { git, gitEnvironment } from '../../repository/git.ts';
import { submodulesAt } from '../../repository/submodules.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/** Names of files that are read in one go. */
const likelyRead = /\.(hcl|tf|tofu|tfvars)$|\.(hcl|tf|tofu)\.json$/;
const oneByOne = 5;

interface Entry {
  /** Its id. */
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
  const listings = await listingsOf(directory, commit, within);
  let parsed: Parsed | undefined;
  const known = () => (parsed ??= parse(listings));
  let asked = 0;
  return sourceTree({
    root,
    digest: hash('sha256', listings.map(({ path, text }) => `${path}\0${text}`).join('\0\0'), 'base64'),
    get paths() {
      return [...known().entries.keys()];
    },
    get links() {
      return known().links;
    },
    get submodules() {
      return known().submodules;
    },
    blob: (path) => known().entries.get(path)?.blob,
    read(path) {
      const { entries, contents } = known();
      const entry = entries.get(path);
      if (entry === undefined || contents.has(entry.blob)) return contents.get(entry?.blob ?? '');
      const wanted = ++asked === oneByOne ? [...entries].filter(([path]) => likelyRead.test(path)) : [];
      for (const [id, text] of readBlobs([...wanted.map(([, one]) => one), entry])) contents.set(id, text);
      return contents.get(entry.blob);
    },
  });
}

/** What git lists, of the repository and of submodules. */
interface Listing {
  /** Of the submodule; empty for the repository itself. */
  path: string;
  /** Where git finds the objects. */
  directory: string;
  text: string;
}

async function listingsOf(directory: string, commit: string, within: boolean | Promise<boolean>): Promise<Listing[]> {
  const list = ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options'];
  const own = { path: '', directory, text: await git(directory, [...list, commit]) };
  if (!/(^|\0)160000 /.test(own.text) || !(await within)) return [own];
  const listings = [own];
  for (const { path, commit: inner, directory: place } of await submodulesAt(directory, commit))
    listings.push({ path, directory: place, text: await git(place, [...list, inner]) });
  return listings;
}

interface Parsed {
  entries: Map<string, Entry>;
  submodules: Set<string>;
  links: Map<string, string>;
  /** By id, as far as they were asked for. */
  contents: Map<string, string>;
}

function parse(listings: readonly Listing[]): Parsed {
  const entries = new Map<string, Entry>();
  const submodules = new Set<string>();
  const symbolic: [path: string, entry: Entry][] = [];
  for (const { path: submodule, directory, text } of listings)
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\0', start);
      const tab = text.indexOf('\t', start);
      const name = text.slice(tab + 1, end);
      const path = submodule === '' ? name : `${submodule}/${name}`;
      // `mode type id⇥path`
      const [mode, type] = [text.slice(start, start + 6), text.slice(start + 7, start + 11)];
      const entry = { blob: text.slice(start + 12, tab), directory };
      if (type === 'blob') entries.set(path, entry);
      else submodules.add(path);
      if (mode === symbolicLink) symbolic.push([path, entry]);
      start = end + 1;
    }
  const contents = readBlobs(symbolic.map(([, entry]) => entry));
  const links = new Map(symbolic.map(([path, { blob }]) => [path, contents.get(blob) ?? '']));
  return { entries, submodules, links, contents };
}

/** Contents by id. Waits for git, since whoever asks is in the middle of evaluating an expression. */
function readBlobs(entries: readonly Entry[]): Map<string, string> {
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
