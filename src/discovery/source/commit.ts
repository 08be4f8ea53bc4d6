/**
 * A commit's files, read from git's objects: one `ls-tree` for the names, contents when they are asked for. The first few are read one by
 * one, which is all that is needed where most units come from the cache; then everything that is likely to be read, in one go.
 */
import { spawnSync } from 'node:child_process';
import { GitError } from '../../errors.ts';
import { gitBytes, gitEnvironment } from '../../repository/git.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/** Names of files that are read in one go. */
const likelyRead = /\.(hcl|tf|tofu|tfvars)$|\.(hcl|tf|tofu)\.json$/;
const oneByOne = 5;

interface Entry {
  path: string;
  mode: string;
  blob: string;
}

const symbolicLink = '120000';

/**
 * The tree of `commit`, which may be any revision; also in a bare repository.
 * @throws GitError when there is no such commit
 */
export async function commitTree(directory: string, root: string, commit: string): Promise<SourceTree> {
  const listing = await gitBytes(directory, ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', commit]);
  const entries = parseListing(listing.toString('utf8'));
  const links = entries.filter((entry) => entry.mode === symbolicLink);
  const blobs = new Map(entries.map((entry) => [entry.path, entry.blob]));
  const contents = readBlobs(directory, links);
  let asked = 0;
  return sourceTree({
    root,
    paths: entries.map((entry) => entry.path),
    links: new Map(links.map((link) => [link.path, contents.get(link.blob) ?? ''])),
    blob: (path) => blobs.get(path),
    read(path) {
      const blob = blobs.get(path);
      if (blob === undefined || contents.has(blob)) return contents.get(blob ?? '');
      const wanted = ++asked === oneByOne ? entries.filter((entry) => likelyRead.test(entry.path)) : [];
      for (const [id, text] of readBlobs(directory, [...wanted, { blob }])) contents.set(id, text);
      return contents.get(blob);
    },
  });
}

function parseListing(listing: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of listing.split('\0')) {
    const tab = line.indexOf('\t');
    const [mode, type, blob] = line.slice(0, tab).split(' ');
    // A submodule's entry is a commit; its files are not here.
    if (mode && blob && type === 'blob') entries.push({ path: line.slice(tab + 1), mode, blob });
  }
  return entries;
}

/** Contents by id. Waits for git, since whoever asks is in the middle of evaluating an expression. */
function readBlobs(directory: string, entries: readonly { blob: string }[]): Map<string, string> {
  const contents = new Map<string, string>();
  const blobs = [...new Set(entries.map(({ blob }) => blob))];
  if (blobs.length === 0) return contents;
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
  return contents;
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
