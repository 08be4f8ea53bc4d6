/** What differs from one tree to another: few files, mostly. */
import { changedFiles, type SourceTree } from '../source/source-tree.ts';
import type { Question } from './observations.ts';

/**
 * Whether a question may have another answer in the one tree than in the other. Undefined when any may, since paths don't name the same in both:
 * there are links, or stacks generate something.
 */
export function differing(
  one: SourceTree,
  other: SourceTree,
): ((question: Question, subject: string) => boolean) | undefined {
  if ([one, other].some(({ links, stacks }) => links.size > 0 || stacks !== undefined)) return undefined;
  const contents = new Set<string>();
  const directories = new Set<string>();
  for (const path of changedFiles(one, other)) {
    contents.add(path);
    if (one.has(path) && other.has(path)) continue;
    directories.add('.');
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      directories.add(path.slice(0, end));
  }
  return (question, subject) => {
    switch (question) {
      case 'content':
      case 'file':
      case 'link':
        return contents.has(subject);
      case 'directory':
      case 'listing':
        return directories.has(subject);
      case 'variable':
      case 'submodules':
      case 'steps':
        return true;
    }
  };
}
