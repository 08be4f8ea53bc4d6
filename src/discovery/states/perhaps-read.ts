/** States that are read and that nobody is known to write, while somebody's state can't be known. Pure. */
import { named } from '../../named.ts';
import type { Doubt } from '../doubts.ts';
import type { EvaluatedUnit } from '../evaluate-unit.ts';
import { isNamedByEnvironment, mayBe, statesOfWhichItMayBeAWorkspace } from './state-of.ts';
import { type Writers, writing } from './writers.ts';

/** Finds what a unit may read: no edge is guessed, so that it is a doubt. */
export function perhapsRead(units: readonly EvaluatedUnit[], writers: Writers): (unit: EvaluatedUnit) => Doubt[] {
  const runnable = units.filter(({ runnable }) => runnable);
  const candidates = Map.groupBy(
    runnable.flatMap(({ path, states: { writes, partly, unknown } }) => [
      ...partly.map((state) => ({ path, state, why: unknown ?? '' })),
      ...writes
        .filter(isNamedByEnvironment)
        .map((state) => ({ path, state, why: 'the environment may say more of it' })),
    ]),
    ({ state }) => state,
  );
  if (candidates.size === 0) return () => [];
  const found = new Map<string, { path: string; state: string; why: string }[]>();
  const writersPerhaps = (read: string) => {
    const known = found.get(read);
    if (known) return known;
    const names = [read, ...statesOfWhichItMayBeAWorkspace(read)];
    const all = [...candidates].flatMap(([state, of]) => (names.some((name) => mayBe(state, name)) ? of : []));
    // Those first of which the most is known.
    all.sort((one, other) => one.state.split('?').length - other.state.split('?').length);
    found.set(read, all);
    return all;
  };
  return ({ path: reader, states }) =>
    states.reads.flatMap(({ state, place }): Doubt[] => {
      if (writing(state, writers).length > 0) return [];
      const perhaps = writersPerhaps(state).filter(({ path }) => path !== reader);
      const [first] = perhaps;
      if (first === undefined) return [];
      const paths = perhaps.map(({ path }) => path);
      const message = `${place}: ${reader} reads ${state}, and that may be the state of ${named(paths)}, which can't be known: ${first.why} (${first.state}). List under extraDependencies of ${reader} in the configuration what it is, or an empty list when it is none of the repository`;
      return [{ message, below: undefined, askable: false, writers: paths }];
    });
}
