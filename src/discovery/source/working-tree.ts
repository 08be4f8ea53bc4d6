/** The working tree's files: what git tracks, and what it neither tracks nor ignores. */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { git } from '../../repository/git.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/** @throws GitError outside of a repository */
export async function workingTree(root: string): Promise<SourceTree> {
  const listing = await git(root, [
    'ls-files',
    '-z',
    '-t',
    '--stage',
    '--modified',
    '--deleted',
    '--others',
    '--exclude-standard',
  ]);
  const { blobs, links } = parseListing(root, listing);
  // Ids of a repository that uses SHA-256 are longer.
  const format = /(^|\0)[A-Z] \d+ [0-9a-f]{64} /.test(listing) ? 'sha256' : 'sha1';
  const read = (path: string) => readIfThere(`${root}/${path}`);
  const texts = new Map<string, string | undefined>();
  return sourceTree({
    root,
    paths: [...blobs.keys()],
    links,
    read(path) {
      if (!texts.has(path)) texts.set(path, read(path)?.toString('utf8'));
      return texts.get(path);
    },
    blob(path) {
      const known = blobs.get(path);
      const content = known === undefined ? read(path) : undefined;
      return content === undefined ? known : blobOf(content, format);
    },
  });
}

interface Listing {
  /** Every file; with git's id of its content where that is what the index has. */
  blobs: Map<string, string | undefined>;
  links: Map<string, string>;
}

/** Entries `H mode id stage⇥path` of what is tracked, again with `C` when it was changed and with `R` when it is gone; `? path` of the others. */
function parseListing(root: string, listing: string): Listing {
  const blobs = new Map<string, string | undefined>();
  const links = new Map<string, string>();
  const gone = new Set<string>();
  const changed = new Set<string>();
  for (const line of listing.split('\0')) {
    const tag = line[0];
    const path = line.slice(tag === '?' ? 2 : line.indexOf('\t') + 1);
    // An untracked repository inside of this one is listed with a slash at its end.
    if (tag === undefined || path.endsWith('/')) continue;
    const mode = line.slice(2, 8);
    if (tag === '?') {
      if (lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.isSymbolicLink()) addLink(root, path, links);
      blobs.set(path, undefined);
    } else if (tag === 'R') gone.add(path);
    else if (tag === 'C') changed.add(path);
    else if (mode !== submodule) {
      if (mode === symbolicLink) addLink(root, path, links);
      // The index says what is in a conflicted file, and in one outside of a sparse checkout, only as it was.
      blobs.set(path, tag === 'H' ? line.slice(9, line.indexOf(' ', 9)) : undefined);
    }
  }
  for (const path of changed) if (blobs.has(path)) blobs.set(path, undefined);
  for (const path of gone) {
    blobs.delete(path);
    links.delete(path);
  }
  return { blobs, links };
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

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
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
