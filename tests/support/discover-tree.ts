/** Discovers the units of a tree in memory. */
import type { UnitCache } from '../../src/discovery/cache/unit-cache.ts';
import { type Discovered, type DiscoverOptions, discover } from '../../src/discovery/discover.ts';
import type { SourceTree } from '../../src/discovery/source/source-tree.ts';
import { configWith } from '../unit/discovery/repository.ts';

export function discoverTree(
  tree: SourceTree,
  cache?: UnitCache,
  options: Partial<DiscoverOptions> = {},
): Promise<Map<string, Discovered>> {
  return discover(tree, {
    config: configWith(),
    environment: {},
    parsed: new Map(),
    cache,
    ask: undefined,
    warn: () => {},
    progress: () => {},
    within: '.',
    ...options,
  });
}
