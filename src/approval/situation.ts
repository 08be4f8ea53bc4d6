/** What can be rolled back of a delivery, and what is wrong with it. Pure. */
import { type Ending, isModified } from '../delivery/applied.ts';
import type { DeliveryStatus, UnitStatus } from '../delivery/status.ts';
import { withoutProspect } from '../delivery/without-prospect.ts';
import type { Delivery } from '../model.ts';
import type { Situation } from './choose-units.ts';
import type { RollbackRequest } from './request.ts';

/** When every unit has ended. */
export function situationAfter(delivery: Delivery, endings: ReadonlyMap<string, Ending>): Situation {
  const paths = delivery.units.map((unit) => unit.path);
  const ignored = withoutProspect(delivery.units);
  const wentWrong = (path: string) => ['declined', 'failed'].includes(endings.get(path)?.outcome ?? '');
  return {
    delivery,
    modified: paths.filter((path) => isModified(endings.get(path))),
    troubled: paths.filter((path) => wentWrong(path) && !ignored.has(path)),
    unchanged: paths.filter((path) => endings.get(path)?.outcome === 'unchanged'),
  };
}

/** As the rollback question was asked. */
export function situationAsked(
  delivery: Delivery,
  { modified, troubled, unchanged }: Pick<RollbackRequest, 'modified' | 'troubled' | 'unchanged'>,
): Situation {
  return { delivery, modified, troubled, unchanged };
}

export interface Standing {
  delivery: Delivery;
  status: Pick<DeliveryStatus, 'units'>;
  /** The rollback question, once it was asked. */
  question: RollbackRequest | undefined;
}

/** As it is by now. @param declined the unit that would be declined; undefined when the rollback question is to be answered */
export function situationNow({ delivery, status, question }: Standing, declined: string | undefined): Situation {
  if (question && declined === undefined) return situationAsked(delivery, question);
  const those = (is: (one: UnitStatus) => boolean) => status.units.filter(is).map(({ path }) => path);
  const ignored = withoutProspect(delivery.units);
  const troubled = those(({ path, state }) => (state === 'failed' || state === 'declined') && !ignored.has(path));
  return {
    delivery,
    modified: those((one) => one.modified || one.state === 'applying'),
    troubled: declined === undefined ? troubled : [...troubled, declined],
    unchanged: those(({ state }) => state === 'unchanged'),
  };
}
