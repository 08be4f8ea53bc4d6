/** The working tree's files: what git tracks, and what it neither tracks nor ignores. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { GitError } from '../../errors.ts';
import { git } from '../../repository/git.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/**
 * @param within whether to look into submodules
 * @throws GitError outside of a repository, or when a submodule is not checked out
 */
export async function workingTree(root: string, within: boolean | Promise<boolean> = false): Promise<SourceTree> {
  const { blobs, links, submodules, format } = await listingOf(root, within);
  const texts = new Map<string, string | undefined>();
  return sourceTree({
    root,
    paths: [...blobs.keys()],
    links,
    submodules,
    read(path) {
      if (!texts.has(path))
        texts.set(
          path,
          ifThere(() => readFileSync(`${root}/${path}`, 'utf8')),
        );
      return texts.get(path);
    },
    blob(path) {
      const known = blobs.get(path);
      const content = known === undefined ? ifThere(() => readFileSync(`${root}/${path}`)) : undefined;
      return content === undefined ? known : blobOf(content, format);
    },
  });
}

async function listingOf(root: string, within: boolean | Promise<boolean>): Promise<Listing> {
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
  const found = parseListing(root, listing);
  if (found.submodules.size === 0 || !(await within)) return found;
  for (const path of [...found.submodules]) {
    if (!existsSync(`${root}/${path}/.git`))
      throw new GitError(
        `${path} is a submodule that is not checked out in ${root}; run git submodule update --init --recursive there.`,
      );
    const inner = await listingOf(`${root}/${path}`, within);
    for (const [file, blob] of inner.blobs) found.blobs.set(`${path}/${file}`, blob);
    for (const [file, target] of inner.links) found.links.set(`${path}/${file}`, target);
    for (const one of inner.submodules) found.submodules.add(`${path}/${one}`);
  }
  return found;
}

interface Listing {
  /** Every file; with git's id of its content where that is what the index has. */
  blobs: Map<string, string | undefined>;
  links: Map<string, string>;
  submodules: Set<string>;
  /** How git makes ids of contents. */
  format: string;
}

/** Entries `H mode id stage⇥path` of what is tracked, again with `C` when it was changed and with `R` when it is gone; `? path` of the others. */
function parseListing(root: string, listing: string): Listing {
  const blobs = new Map<string, string | undefined>();
  const links = new Map<string, string>();
  const submodules = new Set<string>();
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
    else if (mode === submodule) submodules.add(path);
    else {
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
  // Ids of a repository that uses SHA-256 are longer.
  const format = /(^|\0)[A-Z] \d+ [0-9a-f]{64} /.test(listing) ? 'sha256' : 'sha1';
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
