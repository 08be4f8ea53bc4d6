/** A tree of files that lies in memory. */
import { hash } from 'node:crypto';
import { type SourceTree, sourceTree } from '../../src/discovery/source/source-tree.ts';

/** Contents by path; `{ link }` is a symbolic link. */
export type TreeFiles = Readonly<Record<string, string | { link: string }>>;

export function memoryTree(files: TreeFiles, root = '/live'): SourceTree {
  const text = (path: string) => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined;
    return typeof content === 'string' ? content : undefined;
  };
  return sourceTree({
    root,
    paths: Object.keys(files),
    links: new Map(
      Object.entries(files).flatMap(([path, content]) => (typeof content === 'string' ? [] : [[path, content.link]])),
    ),
    read: text,
    blob(path) {
      const content = text(path);
      return content === undefined ? undefined : hash('sha1', content);
    },
  });
}

/** The same tree; `read` gets the paths of files whose content was asked for. */
export function reading(tree: SourceTree, read: string[]): SourceTree {
  return {
    ...tree,
    read(path) {
      const content = tree.read(path);
      if (content !== undefined) read.push(path);
      return content;
    },
  };
}
