/** `.terragrunt-excludes` in the root of the repository: paths and patterns of units that Terragrunt leaves out of its runs. */
import { globPattern } from '../glob.ts';
import type { SourceTree } from '../source/source-tree.ts';

export const excludesFile = '.terragrunt-excludes';

/** Whether the file lists the unit. Of Terragrunt's filter language it understands paths, which is what the file is for. */
export function listedAsExcluded(tree: SourceTree): (unit: string) => boolean {
  const lines = (tree.read(excludesFile) ?? '').split(/\r?\n/).map((line) => line.trim());
  const patterns = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => globPattern(line.replace(/^\.\//, '').replace(/\/$/, '')));
  return (unit) => patterns.some((pattern) => pattern.test(unit));
}
