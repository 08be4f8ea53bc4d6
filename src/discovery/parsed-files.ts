/** Parsed files of one tree; a file that has the same content in two trees is parsed once. */
import { DiscoveryError } from '../errors.ts';
import type { HclFile } from './hcl/file.ts';
import { parseFile } from './hcl/parse.ts';
import type { SourceTree } from './source/source-tree.ts';

export interface ParsedFiles {
  /**
   * Undefined when there is no such file.
   * @throws DiscoveryError when it does not parse
   */
  parse(path: string): HclFile | undefined;
}

/** Parsed files by path and content, to be shared by the trees of one run. */
export type ParseCache = Map<string, HclFile>;

/** @param tolerant take a file that does not parse for an empty one */
export function parsedFiles(tree: SourceTree, cache: ParseCache, tolerant: boolean): ParsedFiles {
  const parse = (path: string, text: string): HclFile => {
    try {
      return parseFile(path, text);
    } catch (error) {
      if (!tolerant || !(error instanceof DiscoveryError)) throw error;
      return { path, text, body: { attributes: new Map(), blocks: [] } };
    }
  };
  const here = new Map<string, HclFile | undefined>();
  return {
    parse(path) {
      if (here.has(path)) return here.get(path);
      const text = tree.read(path);
      const before = text === undefined ? undefined : cache.get(path);
      const file = text === undefined ? undefined : before?.text === text ? before : parse(path, text);
      if (file && !tolerant) cache.set(path, file);
      here.set(path, file);
      return file;
    },
  };
}
