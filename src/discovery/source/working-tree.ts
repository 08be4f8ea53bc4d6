/** The working tree's files: what git tracks, and what it neither tracks nor ignores. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { git } from '../../repository/git.ts';
import { type SourceTree, sourceTree } from './source-tree.ts';

/** @throws GitError outside of a repository */
export async function workingTree(root: string): Promise<SourceTree> {
  const [tracked, others, deleted] = await Promise.all([
    git(root, ['ls-files', '-z', '--stage']),
    git(root, ['ls-files', '-z', '--others', '--exclude-standard']),
    git(root, ['ls-files', '-z', '--deleted']),
  ]);
  const links = new Map<string, string>();
  const paths = new Set<string>();
  for (const line of tracked.split('\0')) {
    const path = line.slice(line.indexOf('\t') + 1);
    if (line.startsWith('120000')) addLink(root, path, links);
    // A conflicted file has several entries; a submodule (160000) holds no files of this repository.
    if (path !== '' && !line.startsWith('160000')) paths.add(path);
  }
  for (const path of others.split('\0')) {
    // An untracked repository inside of this one is listed with a slash at its end.
    if (path === '' || path.endsWith('/')) continue;
    if (lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.isSymbolicLink()) addLink(root, path, links);
    paths.add(path);
  }
  for (const path of deleted.split('\0')) paths.delete(path);
  // Ids of a repository that uses SHA-256 are longer.
  const format = /^\d+ [0-9a-f]{64} /.test(tracked) ? 'sha256' : 'sha1';
  const read = (path: string) => (existsSync(`${root}/${path}`) ? readFileSync(`${root}/${path}`, 'utf8') : undefined);
  return sourceTree({
    root,
    paths: [...paths],
    links,
    read,
    blob: (path) => blobOf(`${root}/${path}`, format),
  });
}

function addLink(root: string, path: string, links: Map<string, string>): void {
  try {
    links.set(path, readlinkSync(`${root}/${path}`));
  } catch {
    // It was a link when it was added and is none now: an ordinary file, or gone.
  }
}

/** What `git hash-object` says without filters: the id that the content would have. */
function blobOf(file: string, format: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const content = readFileSync(file);
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex');
}
