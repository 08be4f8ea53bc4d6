/**
 * One unit's way through a rollback:
 *
 *   chosen? ▸ Rollback
 *
 * A unit that was not chosen is passed over. One that comes after a unit that could not be rolled back is stuck, which is as good as a
 * rollback that failed: it is not touched. One is kept as it is when another one that holds it was kept: it would be destroyed while
 * that reads it, or go back to what reads that.
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
  /** The delivery's units that are rolled back before this one. */
  after: readonly string[];
  /** Of these, those that hold it when they are kept. */
  heldBy: readonly string[];
}

export function rollbackUnit(
  unit: DeliveryUnit,
  { number, record, applied, chosen, after, heldBy }: RollbackSeen,
  onward: string,
): Fragment {
  const rollback = `Rollback ${label(unit.path)}`;
  const [question, stuck, kept] = [`${number} chosen?`, `${number} stuck`, `${number} kept`];
  const isChosen: Test = { Variable: `${chosen}.u${number}`, IsPresent: true };
  const anyIs = (what: 'stuck' | 'kept', paths: readonly string[], Next: string) =>
    paths.length === 0
      ? []
      : [{ ...anyOf(paths.map((path): Test => ({ Variable: `${record(path)}.r.${what}`, IsPresent: true }))), Next }];
  const choice: Choice = {
    Type: 'Choice',
    Choices: [{ Not: isChosen, Next: onward }, ...anyIs('stuck', after, stuck), ...anyIs('kept', heldBy, kept)],
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
      [rollback]: {
        ...callBuild({ input, name: [`${number}-rollback`], record: record(unit.path), broken: stuck }),
        Next: onward,
      },
      [stuck]: {
        Type: 'Pass',
        Result: { outcome: 'rollback-failed', stuck: true },
        ResultPath: `${record(unit.path)}.r`,
        Next: onward,
      },
      ...(heldBy.length === 0
        ? {}
        : {
            [kept]: {
              Type: 'Pass',
              Result: { kept: true },
              ResultPath: `${record(unit.path)}.r`,
              Next: onward,
            } as const,
          }),
    },
  };
}
