/** Which stage a unit belongs to. */

export interface StageOrder {
  /** Position of the unit's stage: the configured parent path that is the longest prefix of the unit's path. */
  indexOf(path: string): number;
  nameAt(index: number): string;
}

/** Without stages everything is one, `all`; units under none of the configured ones come last, in `other`. */
export function stageOrder(configured: readonly string[]): StageOrder {
  if (configured.length === 0) return { indexOf: () => 0, nameAt: () => 'all' };
  const parents = configured.map((stage) => stage.replace(/^(\.\/)+|\/+$/g, '').replace(/^\.$/, ''));
  const holds = (parent: string, path: string) => parent === '' || path === parent || path.startsWith(`${parent}/`);
  const indexOf = (path: string): number => {
    let best = configured.length;
    for (const [index, parent] of parents.entries())
      if (holds(parent, path) && parent.length > (parents[best]?.length ?? -1)) best = index;
    return best;
  };
  const rest = configured.includes('other') ? 'other, under no stage' : 'other';
  return { indexOf, nameAt: (index) => configured[index] ?? rest };
}
