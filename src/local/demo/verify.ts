/** Holds the demo's table against the state files on the disk. */
import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from '../../model.ts';
import type { UnitRow } from './follow.ts';
import type { State } from './states.ts';

export type States = ReadonlyMap<string, State>;

/** What an outcome says about a unit's state before and after its delivery. */
const says: Record<Outcome, (before: State | undefined, after: State | undefined) => string | undefined> = {
  applied: (before, after) => {
    if (!after) return 'has no state';
    return isDeepStrictEqual(before, after) ? 'has the same state as before' : tainted(after);
  },
  unchanged: asBefore,
  skipped: asBefore,
  declined: asBefore,
  cancelled: asBefore,
  'rolled-back': (before, after) => (before ? asBefore(before, after) : emptied(after)),
  // A failed apply may have changed anything; its state only has to be there to be read.
  failed: () => undefined,
  'rollback-failed': () => undefined,
};

type Row = Pick<UnitRow, 'path' | 'outcome'>;

/**
 * Sentences, one for each unit whose state isn't what its row says.
 * @param whole what a rollback brings back, where an attempt before has failed: see wholeStates
 */
export function contradictions(rows: readonly Row[], before: States, after: States, whole: States = before): string[] {
  const inRows = new Set(rows.map((row) => row.path));
  const untouched = [...after.keys()].filter((path) => !inRows.has(path));
  return [
    ...rows.flatMap(({ path, outcome }) => {
      const problem = says[outcome]((outcome === 'rolled-back' ? whole : before).get(path), after.get(path));
      return problem ? [`${path} is ${outcome}, but ${problem}.`] : [];
    }),
    ...untouched.flatMap((path) => {
      const problem = asBefore(before.get(path), after.get(path));
      return problem ? [`${path} is not in the delivery, but ${problem}.`] : [];
    }),
  ];
}

/** The states after an attempt, without what it has left half done: of what has failed, the state before. */
export function wholeStates(rows: readonly Row[], before: States, after: States): States {
  const failed = new Set(rows.filter(({ outcome }) => outcome === 'failed').map(({ path }) => path));
  const done = [...after].filter(([path]) => !failed.has(path));
  return new Map([...done, ...[...before].filter(([path]) => failed.has(path))]);
}

function asBefore(before: State | undefined, after: State | undefined): string | undefined {
  return isDeepStrictEqual(before ?? {}, after ?? {}) ? undefined : 'its state is not what it was before';
}

function emptied(after: State | undefined): string | undefined {
  return Object.keys(after ?? {}).length === 0 ? undefined : 'its state still has resources';
}

function tainted(state: State): string | undefined {
  return JSON.stringify(state).includes('"tainted"') ? 'its state has a tainted resource' : undefined;
}
