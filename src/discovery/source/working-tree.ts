/** The working tree's files: what git tracks, and what it neither tracks nor ignores. */
import { createHash, hash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { GitError } from '../../errors.ts';
import { git } from '../../repository/git.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/**
 * @param within whether to look into submodules
 * @throws GitError outside of a repository, or when a submodule is not checked out
 */
export async function workingTree(root: string, within: boolean | Promise<boolean> = false): Promise<SourceTree> {
  const listings = await listingsOf(root, within);
  let parsed: Parsed | undefined;
  const known = () => (parsed ??= parse(root, listings));
  const texts = new Map<string, string | undefined>();
  return sourceTree({
    root,
    digest: digestOf(listings),
    get paths() {
      return [...known().blobs.keys()];
    },
    get links() {
      return known().links;
    },
    get submodules() {
      return known().submodules;
    },
    read(path) {
      if (!texts.has(path))
        texts.set(
          path,
          ifThere(() => readFileSync(`${root}/${path}`, 'utf8')),
        );
      return texts.get(path);
    },
    blob(path) {
      const { blobs, format } = known();
      const id = blobs.get(path);
      const content = id === undefined ? ifThere(() => readFileSync(`${root}/${path}`)) : undefined;
      return content === undefined ? id : blobOf(content, format);
    },
  });
}

/** What git lists, of the repository and of submodules. */
interface Listing {
  /** Of the submodule, with a slash; empty for the repository itself. */
  prefix: string;
  /**
   * Entries `H mode id stage⇥path` of what is tracked, again with `C` when it was changed and with `R` when it is gone, and `S` outside of a sparse
   * checkout; `? path` of the others.
   */
  text: string;
}

async function listingsOf(root: string, within: boolean | Promise<boolean>, prefix = ''): Promise<Listing[]> {
  const text = await git(`${root}/${prefix}`.replace(/\/$/, ''), [
    'ls-files',
    '-z',
    '-t',
    '--stage',
    '--modified',
    '--deleted',
    '--others',
    '--exclude-standard',
  ]);
  const own = { prefix, text };
  if (!/(^|\0)[A-Z] 160000 /.test(text) || !(await within)) return [own];
  const listings = [own];
  for (const path of parse(root, [own]).submodules) {
    if (!existsSync(`${root}/${path}/.git`))
      throw new GitError(
        `${path} is a submodule that is not checked out in ${root}; run git submodule update --init --recursive there.`,
      );
    listings.push(...(await listingsOf(root, within, `${path}/`)));
  }
  return listings;
}

/** Undefined when there is something that git has no id of. */
function digestOf(listings: readonly Listing[]): string | undefined {
  if (listings.some(({ text }) => /(^|\0)[^H]/.test(text))) return undefined;
  return hash('sha256', listings.map(({ prefix, text }) => `${prefix}\0${text}`).join('\0\0'), 'base64');
}

interface Parsed {
  /** Every file; with git's id of its content where that is what the index has. */
  blobs: Map<string, string | undefined>;
  links: Map<string, string>;
  submodules: Set<string>;
  /** How git makes ids of contents. */
  format: string;
}

function parse(root: string, listings: readonly Listing[]): Parsed {
  const blobs = new Map<string, string | undefined>();
  const links = new Map<string, string>();
  const submodules = new Set<string>();
  const gone = new Set<string>();
  const changed = new Set<string>();
  for (const { prefix, text } of listings)
    for (let start = 0, end = text.indexOf('\0'); end >= 0; start = end + 1, end = text.indexOf('\0', start)) {
      const tag = text[start];
      const name = text.slice(tag === '?' ? start + 2 : text.indexOf('\t', start) + 1, end);
      // An untracked repository inside of this one is listed with a slash at its end.
      if (name.endsWith('/')) continue;
      const path = prefix + name;
      const mode = text.slice(start + 2, start + 8);
      if (tag === '?') {
        if (lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.isSymbolicLink()) addLink(root, path, links);
        blobs.set(path, undefined);
      } else if (tag === 'R') gone.add(path);
      else if (tag === 'C') changed.add(path);
      else if (mode === submodule) submodules.add(path);
      else {
        if (mode === symbolicLink) addLink(root, path, links);
        // The index says what is in a conflicted file, and in one outside of a sparse checkout, only as it was.
        blobs.set(path, tag === 'H' ? text.slice(start + 9, text.indexOf(' ', start + 9)) : undefined);
      }
    }
  for (const path of changed) if (blobs.has(path)) blobs.set(path, undefined);
  for (const path of gone) {
    blobs.delete(path);
    links.delete(path);
  }
  // Ids of a repository that uses SHA-256 are longer.
  const format = /(^|\0)[A-Z] \d+ [0-9a-f]{64} /.test(listings[0]?.text ?? '') ? 'sha256' : 'sha1';
  return { blobs, links, submodules, format };
}

const submodule = '160000';
const symbolicLink = '120000';

function addLink(root: string, path: string, links: Map<string, string>): void {
  try {
    links.set(path, readlinkSync(`${root}/${path}`));
  } catch {
    // It was a link when it was added and is none now: an ordinary file, or gone.
  }
}

function ifThere<Content>(read: () => Content): Content | undefined {
  try {
    return read();
  } catch (error) {
    // A name that leads to no file: gone meanwhile, or outside of a sparse checkout.
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** What `git hash-object` says without filters: the id that the content would have. */
function blobOf(content: Buffer, format: string): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex');
}
