import { deliveredCommit, rollbackCommit } from '../../../src/delivery/unit-commit.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { settings, statesOf } from '../../support/definition.ts';
import { deliveryOf } from '../../support/delivery.ts';

const [head, base, applied] = ['c', 'b', 'a'].map((letter) => letter.repeat(40)) as [string, string, string];

/** Whether the unit is deleted, the commit that is recorded for it ▸ the commits that a build of it needs. */
test.each([
  [false, null, head, head],
  [false, applied, head, applied],
  [true, applied, applied, applied],
  [true, null, base, base],
])('of a unit (deleted: %s, recorded: %s) a build checks out just the commit whose code it uses', (...facts) => {
  const [deleted, recorded, delivered, back] = facts;
  const delivery = deliveryOf(head, [{ path: 'x', deleted, base: recorded }], { base });
  const [unit] = delivery.units;
  if (unit === undefined) throw new Error('the delivery has one unit');
  expect(deliveredCommit(unit, delivery)).toBe(delivered);
  expect(rollbackCommit(unit, delivery)).toBe(back);

  const states = new Map(statesOf(buildPipeline(delivery, settings)));
  expect(commitOf(states.get('Plan x'))).toBe(delivered === head ? undefined : delivered);
  expect(commitOf(states.get('Rollback x'))).toBe(back === head ? undefined : back);
});

test.each([
  ['whose state is another one since', { base: applied, stateBefore: 'somewhere' }, head],
  ['that was another directory before', { base: null, movedFrom: 'y' }, base],
])('of a unit %s a rollback checks out the commit whose code its state knows', (_, facts, back) => {
  const delivery = deliveryOf(head, [{ path: 'x', ...facts }], { base });
  const states = new Map(statesOf(buildPipeline(delivery, settings)));
  expect(commitOf(states.get('Rollback x'))).toBe(back === head ? undefined : back);
});

/** The commit that a state names for its build; undefined where it is the delivery's. */
function commitOf(state: unknown): string | undefined {
  return /"commit":"([0-9a-f]{40})"/.exec(JSON.stringify(state))?.[1];
}
