/**
 * Deliveries in which everything happens that needs a permission: both forms of the definition, approvals, new plans, two approvals of
 * one plan, a decline with its rollback, a failed apply, a replay, a skip, a cancel, a destroy, and git brought back after each that
 * leaves something out; and a self test.
 */
import assert from 'node:assert/strict';
import { replay, skip } from '../../src/delivery/halted.ts';
import type { Decision } from '../../src/model.ts';
import { approveOnPage } from './approve-on-page.ts';
import { liveCi } from './command-line.ts';
import {
  approveAll,
  approveAnd,
  type Decide,
  endings,
  type LocalPipeline,
  terraformUnit,
  type UnitCode,
} from './local-pipeline.ts';

/** Deliveries of more units have the compact form. */
export const inlineUnits = 2;

export async function deliverEverything(pipeline: LocalPipeline): Promise<void> {
  const unit = (path: string, code: UnitCode) => terraformUnit(pipeline.repository.states, path, code);
  const app = (code: Partial<UnitCode> = {}) => unit('app', { value: 'app', reads: ['base'], ...code });

  /** Pushes, follows the delivery to its end, and that of the commit that brings git back. */
  async function deliver(files: ReturnType<typeof unit>, ended: Record<string, string>, decide: Decide = approveAll) {
    const commit = await pipeline.repository.commit(files);
    const delivery = await pipeline.follow(commit, decide);
    assert.deepEqual(endings(delivery), ended);
    const tip = await pipeline.tip();
    if (tip !== commit) await pipeline.follow(tip);
    return delivery;
  }

  const other = unit('other', { value: 'one' });
  const all = { ...unit('base', { value: 'one' }), ...app(), ...other };
  await deliver(all, { base: 'applied', app: 'applied', other: 'applied' });

  const changed = { ...unit('base', { value: 'two' }), ...app({ fails: true }), ...unit('other', { value: 'two' }) };
  const undone = { base: 'rolled-back', app: 'rolled-back', other: 'rolled-back' };
  await deliver(changed, undone, approveAnd({ rollback: 'all' }));

  await deliver(unit('other', { value: 'three' }), { other: 'applied' }, plannedAgain('other'));

  const asked = await pipeline.repository.commit(unit('twice', { value: 'on the page' }));
  const { delivery } = await pipeline.until(asked, ({ units }) =>
    units.some(({ path, state }) => path === 'twice' && state === 'waiting-for-approval'),
  );
  await pipeline.give({ delivery, unit: 'twice', decision: 'approve' });
  await pipeline.poll();
  await approveOnPage(delivery, 'twice', pipeline);
  assert.deepEqual(endings(await pipeline.follow(asked, () => [])), { twice: 'applied' });

  const declined = declining('app', { rollback: 'dependencies' });
  const declinedFiles = { ...unit('base', { value: 'four' }), ...app({ value: 'four' }) };
  await deliver(declinedFiles, { base: 'rolled-back', app: 'declined' }, declined);

  await deliver(unit('other', { value: 'five' }), { other: 'cancelled' }, ({ delivery }) => [
    { delivery, decision: 'cancel' },
  ]);

  await pipeline.repository.commit(app({ value: 'six', fails: true }));
  const halted = await pipeline.follow(await pipeline.tip(), approveAnd({ rollback: 'none' }));
  assert.equal(halted.state, 'halted');
  await replay(pipeline.bucket);
  await pipeline.poll();
  const again = await pipeline.follow(await pipeline.tip(), approveAnd({ rollback: 'none' }));
  assert.equal(again.attempt, 2);
  await skip(pipeline.bucket);

  await deliver({ ...app({ value: 'seven' }), other: null }, { base: 'unchanged', app: 'applied', other: 'applied' });

  const tried = await liveCi(pipeline.repository.states, ['selftest', 'deliver'], pipeline.stack.environment);
  assert.equal(tried.code, 0, tried.out + tried.error);
}

/** Asks for a new plan of the unit, and approves that. */
function plannedAgain(unit: string): Decide {
  let first: string | null | undefined;
  return (status) => {
    const [decision] = approveAll(status);
    const plan = status.units.find(({ path }) => path === unit)?.plan;
    if (decision === undefined) return [];
    first ??= plan;
    return [plan === first ? { ...decision, decision: 'replan' } : decision];
  };
}

/** Declines the unit and approves the others. */
function declining(unit: string, answer: Pick<Decision, 'rollback'>): Decide {
  return (status) =>
    approveAll(status).map((decision) =>
      decision.unit === unit ? { ...decision, decision: 'decline', ...answer } : decision,
    );
}
