/** The plan of a rollback that somebody has to approve. */
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { status } from '../../../src/delivery/status.ts';
import { readWaiting } from '../../../src/notifications/waiting.ts';
import { Approvals, delivery } from '../../support/approvals.ts';

const plan = 'b'.repeat(64);

/** vpc is applied, db was declined; `all` is chosen, and the rollback of vpc asks. */
async function rollingBack(rules: Parameters<typeof Approvals.start>[0] = {}): Promise<Approvals> {
  const approvals = await Approvals.start(rules);
  const forward = 'a'.repeat(64);
  for (const unit of ['vpc', 'db'])
    await approvals.stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan: forward });
  await approvals.askFor('vpc');
  await approvals.decide({ unit: 'vpc', decision: 'approve' });
  await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'applied', plan: forward });
  await approvals.askFor('db');
  await approvals.decide({ unit: 'db', decision: 'decline', rollback: 'all' });
  await approvals.askForRollback({ dns: 'cancelled', vpc: 'applied', db: 'declined', app: 'cancelled' });
  await approvals.rollbackPlanOf('vpc');
  return approvals;
}

const outcome = (approvals: Approvals) =>
  (approvals.answerTo('the rollback of vpc') as { result: { outcome: string } } | undefined)?.result.outcome;
const vpc = async ({ stage }: Approvals) =>
  (await status(stage.bucket)).delivery?.units.find(({ path }) => path === 'vpc');

describe('the plan of a rollback', () => {
  test('waits for approval although its delivery was declined, with why it asks', async () => {
    const approvals = await rollingBack();
    expect(outcome(approvals)).toBeUndefined();
    expect(await vpc(approvals)).toMatchObject({
      state: 'waiting-for-approval',
      about: 'rollback',
      asks: ['destroys a.b, which this delivery did not make'],
      plan,
      counts: { add: 0, change: 0, destroy: 1 },
    });
    const { units } = await readWaiting(delivery, approvals.stage.bucket);
    expect(units.map(({ request }) => [request.unit, request.about])).toEqual([['vpc', 'rollback']]);
  });

  test('of a unit whose apply failed waits as well, and is not taken for one that has expired', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan: 'a'.repeat(64) });
    await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'failed', plan: 'a'.repeat(64) });
    await approvals.askForRollback({ dns: 'applied', vpc: 'half applied', db: 'cancelled', app: 'cancelled' });
    await approvals.decide({ decision: 'decline', rollback: 'all' });
    await approvals.rollbackPlanOf('vpc');
    expect(await vpc(approvals)).toMatchObject({ state: 'waiting-for-approval', about: 'rollback' });
  });

  test('is carried out when it is approved, that very one', async () => {
    const approvals = await rollingBack();
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve', plan: 'a'.repeat(64) })).rejects.toThrow(
      'has another plan by now',
    );
    const { done } = await approvals.decide({ unit: 'vpc', decision: 'approve', plan });
    expect([done, approvals.answerTo('the rollback of vpc')]).toEqual([
      'vpc: rollback approved.',
      { result: { unit: 'vpc', outcome: 'approved', plan } },
    ]);
    expect(await vpc(approvals)).toMatchObject({ state: 'rolling-back' });
    await approvals.stage.built(delivery, 'vpc', { action: 'rollback', outcome: 'rolled-back', plan });
    expect(await vpc(approvals)).toMatchObject({ state: 'rolled-back' });
  });

  test('is dropped when it is declined, and its unit stays as it was', async () => {
    const approvals = await rollingBack();
    const { done } = await approvals.decide({ unit: 'vpc', decision: 'decline', comment: 'it holds the orders' });
    expect([done, outcome(approvals)]).toEqual(['vpc: not rolled back; it stays as it is.', 'declined']);
    expect(await vpc(approvals)).toMatchObject({ state: 'applied', about: 'plan', plan: 'a'.repeat(64) });
  });

  test('is made again when an approver wants that', async () => {
    const approvals = await rollingBack();
    await approvals.decide({ unit: 'vpc', decision: 'replan' });
    expect([outcome(approvals), (await vpc(approvals))?.state]).toEqual(['replan', 'rolling-back']);
  });

  test('is declined without a rollback choice, which was made already', async () => {
    const approvals = await rollingBack();
    await expect(approvals.decide({ unit: 'vpc', decision: 'decline', rollback: 'all' })).rejects.toThrow(
      'decline without a rollback choice to leave vpc as it is',
    );
    expect(outcome(approvals)).toBeUndefined();
  });

  test('needs as many approvers as any plan of its unit', async () => {
    const approvals = await Approvals.start({ minimumApprovals: 2 });
    await approvals.rollbackPlanOf('vpc');
    const { done } = await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect([done, outcome(approvals)]).toEqual(['vpc: 1 of 2 approvals.', undefined]);
    await approvals.decide({ unit: 'vpc', decision: 'approve' }, approvals.context(), 'ada@example.org');
    expect(outcome(approvals)).toBe('approved');
  });

  test('does not touch the request of the plan that was delivered', async () => {
    const approvals = await rollingBack();
    const before = approvals.stage.bucket.text(bucketKeys.request(delivery, 'vpc'));
    await approvals.decide({ unit: 'vpc', decision: 'approve', plan });
    expect(approvals.stage.bucket.text(bucketKeys.request(delivery, 'vpc'))).toBe(before);
  });

  test('that a rule approves asks nobody', async () => {
    const approvals = await Approvals.start({ autoApprove: 'always' });
    await approvals.rollbackPlanOf('vpc');
    expect(outcome(approvals)).toBe('approved');
  });
});
