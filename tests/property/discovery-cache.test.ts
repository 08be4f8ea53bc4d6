import fc from 'fast-check';
import { UnitCache } from '../../src/discovery/cache/unit-cache.ts';
import { discoverTree } from '../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../support/memory-tree.ts';
import { randomRepositories } from '../terragrunt/discovery/random-repository.ts';

/** Two repositories of the same kind, between which files move over one after the other. */
const histories: fc.Arbitrary<TreeFiles[]> = fc
  .tuple(randomRepositories(1), randomRepositories(1), fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }))
  .map(([first, second, picks]) => {
    const trees: TreeFiles[] = [first];
    const paths = [...new Set([...Object.keys(first), ...Object.keys(second)])].sort();
    for (const pick of picks) {
      const path = paths[pick % paths.length] as string;
      const { [path]: _, ...others } = trees.at(-1) ?? {};
      trees.push(Object.hasOwn(second, path) ? { ...others, [path]: second[path] as string } : others);
    }
    return trees;
  });

test('whatever changes from one tree to the next, units from the cache are those that are evaluated anew', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (trees) => {
      const cache = new UnitCache();
      for (const files of trees) {
        const tree = memoryTree(files);
        expect(await discoverTree(tree, cache)).toEqual(await discoverTree(tree, undefined));
      }
    }),
    { numRuns: 300 },
  );
});
