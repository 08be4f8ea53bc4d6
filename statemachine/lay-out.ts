/**
 * Lays a group of units out as states. A sequence stays on its level; a parallel becomes a Parallel state, and each of its
 * branches ends by answering with its own records; see places.ts.
 */
import type { Fragment, Parallel, States } from './asl.ts';
import type { Group } from './nesting/group.ts';
import type { Places } from './places.ts';
import { sharedOn } from './tasks.ts';

export interface LayOut {
  /** The states of one unit, each way through them leading to `onward`. */
  unit(path: string, onward: string): Fragment;
  places: Places;
  /** The name of a Parallel inside of a stage. */
  name(number: number): string;
}

function layOut(group: Group, layout: LayOut, onward: string): Fragment {
  switch (group.kind) {
    case 'unit':
      return layout.unit(group.unit, onward);
    case 'sequence':
      return inSequence(group.groups, layout, onward);
    case 'parallel':
      return inParallel(layout.name(layout.places.number(group)), group, layout, onward);
  }
}

function inSequence(groups: Group[], layout: LayOut, onward: string): Fragment {
  const fragments: Fragment[] = [];
  let next = onward;
  for (const group of [...groups].reverse()) {
    const fragment = layOut(group, layout, next);
    fragments.unshift(fragment);
    next = fragment.start;
  }
  return { start: next, states: Object.assign({}, ...fragments.map(({ states }) => states)) };
}

export function inParallel(
  name: string,
  parallel: Group & { kind: 'parallel' },
  layout: LayOut,
  onward: string,
): Fragment {
  const number = layout.places.number(parallel);
  const state: Parallel = {
    Type: 'Parallel',
    Parameters: { 'b.$': '$', ...sharedOn, o: {} },
    Branches: parallel.groups.map((branch, index) => {
      const end = `${number}.${index}`;
      const { start, states } = layOut(branch, layout, end);
      return { StartAt: start, States: { ...states, ...answer(end) } };
    }),
    ResultPath: `$.o.g${number}`,
    Next: onward,
  };
  return { start: name, states: { [name]: state } };
}

const answer = (name: string): States => ({ [name]: { Type: 'Succeed', OutputPath: '$.o' } });
