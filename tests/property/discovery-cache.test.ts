import fc from 'fast-check';
import { UnitCache } from '../../src/discovery/cache/unit-cache.ts';
import { withStacks } from '../../src/discovery/stacks/expand.ts';
import { discoverTree } from '../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../support/memory-tree.ts';
import { randomRepositories } from '../terragrunt/discovery/random-repository.ts';
import { randomStacks } from '../terragrunt/discovery/random-stacks.ts';
import { configWith } from '../unit/discovery/repository.ts';

const repositories: fc.Arbitrary<TreeFiles> = fc.oneof(
  { weight: 3, arbitrary: randomRepositories(1) },
  { weight: 1, arbitrary: randomStacks.map(({ files }) => files) },
);

/** Two repositories, between which files move over one after the other. */
const histories: fc.Arbitrary<TreeFiles[]> = fc
  .tuple(repositories, repositories, fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }))
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
        const tree = withStacks(memoryTree(files), { config: configWith(), environment: {}, parsed: new Map() });
        expect(await discoverTree(tree, cache)).toEqual(await discoverTree(tree, undefined));
      }
    }),
    { numRuns: 300 },
  );
});
