/**
 * One unit's way through a rollback:
 *
 *   Chosen? ▸ Rollback ▸ Rolled back
 *
 * A unit that was not chosen is kept. A unit one of whose dependents could not be rolled back is not touched: that
 * dependent still reads its outputs. `$.k.<key>` says whether the unit was chosen.
 */
import type { DeliveryUnit } from '../src/model.ts';
import { anyOf, type Choice, type Fragment, type Onward, type State, type Test } from './asl.ts';
import { label } from './name-states.ts';
import type { Settings } from './settings.ts';
import { buildTask } from './tasks.ts';
import type { Keys } from './unit-keys.ts';

/** @param dependents the delivery's units that come after this one, and so are rolled back before it. */
export function rollbackUnit(
  unit: DeliveryUnit,
  dependents: readonly string[],
  head: string,
  key: Keys,
  settings: Settings,
  onward: Onward,
): Fragment {
  const title = label(unit.path);
  const name = (what: string) => `${what} ${title}`;
  const own = key(unit.path);
  const rollback = buildTask(
    settings.executor,
    { action: 'rollback', unit: unit.path, commit: unit.base ?? head, timeoutSeconds: settings.applySeconds },
    [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: name('Rollback failed') }],
  );
  const chosen: Test = { Variable: `$.k.${own}`, BooleanEquals: true };
  const stuck = dependents.map(
    (path): Test => ({ Variable: `$.o.${key(path)}.outcome`, StringEquals: 'rollback-failed' }),
  );
  const choice: Choice = {
    Type: 'Choice',
    Choices: [
      ...(stuck.length > 0 ? [{ And: [chosen, anyOf(stuck)], Next: name('Rollback failed') }] : []),
      { ...chosen, Next: name('Rollback') },
    ],
    Default: name('Kept'),
  };
  const states: Record<string, State> = {
    [name('Chosen?')]: choice,
    [name('Rollback')]: { ...rollback, Comment: unit.path, Next: name('Rolled back') },
    [name('Rolled back')]: { Type: 'Pass', InputPath: '$.r.result', ResultPath: `$.o.${own}`, ...onward },
    [name('Rollback failed')]: {
      Type: 'Pass',
      Result: { unit: unit.path, outcome: 'rollback-failed', ok: false },
      ResultPath: `$.o.${own}`,
      ...onward,
    },
    [name('Kept')]: { Type: 'Pass', ...onward },
  };
  return { start: name('Chosen?'), states };
}
