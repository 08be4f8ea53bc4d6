/** Telling `terragrunt stack generate` which stacks to generate. */
import { posix } from 'node:path';

/** The directories in which a unit lies, without its own, outermost first: whatever stacks generate it are in some of them. */
export function directoriesAbove(unit: string): string[] {
  const directories: string[] = [];
  for (let directory = unit; directory !== '.'; ) {
    directory = posix.dirname(directory);
    directories.unshift(directory);
  }
  return directories;
}

/** Arguments with which it generates the stacks in these directories, and no others. */
export function filtersForStacks(directories: Iterable<string>): string[] {
  return Array.from(directories, (directory) => `--filter={./${directory}} | type=stack`);
}
