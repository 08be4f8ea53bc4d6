/**
 * One unit's way through a rollback:
 *
 *   chosen? ▸ Rollback
 *
 * A unit that was not chosen is kept. A unit one of whose dependents could not be rolled back is stuck, which is as good as a
 * rollback that failed: it is not touched, since that dependent still reads its outputs.
 */
import type { DeliveryUnit } from '../src/model.ts';
import { anyOf, type Choice, type Fragment, type Test } from './asl.ts';
import { label } from './name-states.ts';
import { callBuild, ofCommit, ofDelivery } from './tasks.ts';
import type { Seen } from './unit.ts';

export interface RollbackSeen extends Omit<Seen, 'commit'> {
  /** The commit whose code is applied; null for none. */
  applied: string | null;
  /** JSONPath of what says, by the unit's key, that it was chosen. */
  chosen: string;
  /** The delivery's units that come after this one, and so are rolled back before it. */
  dependents: readonly string[];
}

export function rollbackUnit(
  unit: DeliveryUnit,
  { number, record, applied, chosen, dependents }: RollbackSeen,
  onward: string,
): Fragment {
  const rollback = `Rollback ${label(unit.path)}`;
  const [question, stuck] = [`${number} chosen?`, `${number} stuck`];
  const isChosen: Test = { Variable: `${chosen}.u${number}`, IsPresent: true };
  const stands = dependents.map((path): Test => ({ Variable: `${record(path)}.r.stuck`, IsPresent: true }));
  const choice: Choice = {
    Type: 'Choice',
    Choices: [{ Not: isChosen, Next: onward }, ...(stands.length > 0 ? [{ ...anyOf(stands), Next: stuck }] : [])],
    Default: rollback,
  };
  const input = {
    rollback: unit.path,
    ...(applied === null ? ofDelivery : ofCommit(applied, 'apply')),
  };
  return {
    start: question,
    states: {
      [question]: choice,
      [rollback]: { ...callBuild({ input, record: record(unit.path), broken: stuck }), Next: onward },
      [stuck]: {
        Type: 'Pass',
        Result: { outcome: 'rollback-failed', stuck: true },
        ResultPath: `${record(unit.path)}.r`,
        Next: onward,
      },
    },
  };
}
