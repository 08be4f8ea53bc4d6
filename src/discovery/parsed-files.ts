/** Parsed files of one tree; a file that has the same content in two trees is parsed once. */
import type { Recorder } from './cache/observations.ts';
import type { HclFile } from './hcl/file.ts';
import { parseFile } from './hcl/parse.ts';
import type { SourceTree } from './source/source-tree.ts';

export interface ParsedFiles {
  /**
   * Undefined when there is no such file.
   * @throws DiscoveryError when it does not parse
   */
  parse(path: string): HclFile | undefined;
  /** Lets go of a file that hardly anything else will ask for: thousands of syntax trees need hundreds of megabytes. */
  forget(path: string): void;
}

/** Parsed files by path and content, to be shared by the trees of one run. */
export type ParseCache = Map<string, HclFile>;

export function parsedFiles(tree: SourceTree, cache: ParseCache, recorder: Recorder): ParsedFiles {
  const here = new Map<string, HclFile | undefined>();
  return {
    parse(path) {
      // Whoever asks depends on the file, parsed before or not.
      recorder.note('content', path);
      if (here.has(path)) return here.get(path);
      const text = tree.read(path);
      const before = text === undefined ? undefined : cache.get(path);
      const file = text === undefined ? undefined : before?.text === text ? before : parseFile(path, text);
      if (file) cache.set(path, file);
      here.set(path, file);
      return file;
    },
    forget(path) {
      here.delete(path);
      cache.delete(path);
    },
  };
}
