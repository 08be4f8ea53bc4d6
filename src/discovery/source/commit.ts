/** A commit's files, read from git's objects: one `ls-tree`, one `cat-file --batch` for what will surely be parsed. */
import { spawnSync } from 'node:child_process';
import { GitError } from '../../errors.ts';
import { git, gitBytes } from '../../repository/git.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/** Names of files that are read in one go; others are read when an expression asks for them. */
const surelyRead = /\.(hcl|tf|tofu|tfvars)$|\.(hcl|tf|tofu)\.json$/;

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
  const wanted = entries.filter((entry) => entry.mode === symbolicLink || surelyRead.test(entry.path));
  const contents = await readBlobs(directory, [...new Set(wanted.map((entry) => entry.blob))]);
  const blobs = new Map(entries.map((entry) => [entry.path, entry.blob]));
  const links = entries.filter((entry) => entry.mode === symbolicLink);
  return sourceTree({
    root,
    paths: entries.map((entry) => entry.path),
    links: new Map(links.map((link) => [link.path, contents.get(link.blob) ?? ''])),
    blob: (path) => blobs.get(path),
    read(path) {
      const blob = blobs.get(path);
      if (blob === undefined) return undefined;
      let content = contents.get(blob);
      if (content === undefined) {
        content = readBlob(directory, blob);
        contents.set(blob, content);
      }
      return content;
    },
  });
}

/** The whole id of a revision. @throws GitError when it is none. */
export async function commitOf(directory: string, revision: string): Promise<string> {
  try {
    const id = await git(directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
    return id.trim();
  } catch (error) {
    throw new GitError(
      `${revision} is not a commit of the repository in ${directory}; fetch it, or check whether a force push removed it.`,
      { cause: error },
    );
  }
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

async function readBlobs(directory: string, blobs: string[]): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  if (blobs.length === 0) return contents;
  const output = await gitBytes(directory, ['cat-file', '--batch', '--buffer'], { input: `${blobs.join('\n')}\n` });
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

function readBlob(directory: string, blob: string): string {
  // Inside of a hook, git's own variables would point to another place.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const options = { cwd: directory, env: environment, maxBuffer: 256 * 1024 * 1024 };
  const child = spawnSync('git', ['cat-file', 'blob', blob], options);
  if (child.status === 0) return child.stdout.toString('utf8');
  throw new GitError(`The object ${blob} can't be read from ${directory}: ${child.stderr?.toString('utf8').trim()}`);
}
