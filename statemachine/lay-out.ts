/**
 * Lays a group of units out as states. A sequence stays on its level; a parallel becomes a Parallel state whose branches
 * each see everything that ended before, under `$.o`. Behind it, `Join` puts the branches' outcomes together: each branch
 * answers for its own units only, so that no branch can overwrite another's.
 */
import type { Fragment, Json, Onward, Parallel, Pass, States } from './asl.ts';
import { type Group, unitsOf } from './nesting/group.ts';
import type { Keys } from './unit-keys.ts';

export interface LayOut {
  /** The states of one unit, going on to `onward`. */
  unit(path: string, onward: Onward): Fragment;
  key: Keys;
  /** A name for the Parallel that holds these branches; the same again behind "Join". Unique in the machine. */
  name(): string;
  /** Fields of the data, besides `o`, that must live on behind a Parallel. */
  keep: string[];
}

export function layOut(group: Group, layout: LayOut, onward: Onward): Fragment {
  switch (group.kind) {
    case 'unit':
      return layout.unit(group.unit, onward);
    case 'sequence':
      return inSequence(group.groups, layout, onward);
    case 'parallel':
      return inParallel(layout.name(), group.groups, layout, onward);
  }
}

function inSequence(groups: Group[], layout: LayOut, onward: Onward): Fragment {
  const fragments: Fragment[] = [];
  let next = onward;
  for (const group of [...groups].reverse()) {
    const fragment = layOut(group, layout, next);
    fragments.unshift(fragment);
    next = { Next: fragment.start };
  }
  return { start: fragments[0]?.start ?? '', states: merge(fragments.map((fragment) => fragment.states)) };
}

export function inParallel(name: string, branches: Group[], layout: LayOut, onward: Onward): Fragment {
  const outcomes: Parallel['ResultSelector'] = {};
  for (const [index, branch] of branches.entries())
    for (const path of unitsOf(branch)) {
      const key = layout.key(path);
      outcomes[`${key}.$`] = `$[${index}].o.${key}`;
    }
  const parallel: Parallel = {
    Type: 'Parallel',
    Branches: branches.map((branch) => {
      const { start, states } = layOut(branch, layout, { End: true });
      return { StartAt: start, States: states };
    }),
    ResultSelector: outcomes,
    ResultPath: '$.g',
    Next: `Join ${name}`,
  };
  return { start: name, states: { [name]: parallel, [`Join ${name}`]: join(layout.keep, onward) } };
}

/** Puts the outcomes under `$.g` to those under `$.o`. */
export function join(keep: string[], onward: Onward): Pass {
  const kept = keep.map((field): [string, Json] => [`${field}.$`, `$.${field}`]);
  return {
    Type: 'Pass',
    Parameters: { 'o.$': 'States.JsonMerge($.o, $.g, false)', ...Object.fromEntries(kept) },
    ...onward,
  };
}

function merge(all: States[]): States {
  return Object.assign({}, ...all);
}
