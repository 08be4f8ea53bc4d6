/** A tree of files with generated ones in it. A file that the tree has itself is never covered. */
import { createHash } from 'node:crypto';
import { addDirectories, byText, filesBelow, type SourceTree } from '../source/source-tree.ts';
import type { GeneratedFile, Stacks } from './generated.ts';

export interface Overlay extends SourceTree {
  stacks: Stacks;
  add(path: string, file: GeneratedFile): void;
  /** Takes out every generated file at which `gone` answers true. */
  remove(gone: (path: string) => boolean): void;
}

/** @param generated the files so far, and what is known of the stacks; `add` adds to it */
export function overlayOn(tree: SourceTree, stacks: Stacks & { files: Map<string, GeneratedFile> }): Overlay {
  const generated = stacks.files;
  const directories = new Set<string>();
  let files: readonly string[] | undefined;
  const allFiles = () => {
    files ??= [...tree.files, ...generated.keys()].sort(byText);
    return files;
  };
  const at = (path: string) => {
    const target = tree.real(path);
    return target === undefined ? undefined : generated.get(target);
  };
  return {
    stacks,
    root: tree.root,
    links: tree.links,
    submodules: tree.submodules,
    real: tree.real,
    get files() {
      return allFiles();
    },
    add(path, file) {
      if (tree.has(path)) return;
      generated.set(path, file);
      addDirectories(directories, path);
      files = undefined;
    },
    remove(gone) {
      for (const path of generated.keys()) if (gone(path)) generated.delete(path);
      directories.clear();
      for (const path of generated.keys()) addDirectories(directories, path);
      files = undefined;
    },
    has: (path) => at(path) !== undefined || tree.has(path),
    hasDirectory(path) {
      const target = tree.real(path);
      return target !== undefined && (directories.has(target) || tree.hasDirectory(target));
    },
    read(path) {
      const file = at(path);
      if (file === undefined) return tree.read(path);
      return 'copyOf' in file ? tree.read(file.copyOf) : file.text;
    },
    blob(path) {
      const file = at(path);
      if (file === undefined) return tree.blob(path);
      return 'copyOf' in file ? tree.blob(file.copyOf) : createHash('sha1').update(file.text).digest('hex');
    },
    below: (directory) => filesBelow(allFiles(), directory),
  };
}
