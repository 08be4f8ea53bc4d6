import { decisionsOn } from '../../../src/delivery/decisions.ts';
import { Approvals, delivery } from '../../support/approvals.ts';

const ada = 'ada@example.org';
const plan = 'a'.repeat(64);

test('every decision on a delivery is told: who gave it, through which door, and about which plan', async () => {
  const approvals = await Approvals.start({ minimumApprovals: 2 });
  await approvals.askFor('vpc', 'dns');
  await approvals.decide({ unit: 'vpc', decision: 'approve', comment: 'fine' }, undefined, ada);
  await approvals.decide({ unit: 'dns', decision: 'decline' }, undefined, 'console:cli-1');
  await approvals.askForRollback({ vpc: 'applied', dns: 'declined', db: 'failed', app: 'cancelled' });
  await approvals.decide({ decision: 'decline', rollback: 'all' }, undefined, 'console:cli-2');
  const told = await decisionsOn(delivery, approvals.stage.bucket);
  expect(told).toHaveLength(3);
  expect(told).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        voter: ada,
        through: ada,
        plan,
        decision: { delivery, unit: 'vpc', decision: 'approve', comment: 'fine' },
      }),
      expect.objectContaining({ voter: 'console', through: 'console:cli-1', plan }),
      expect.objectContaining({
        voter: 'console',
        through: 'console:cli-2',
        plan: null,
        decision: { delivery, decision: 'decline', rollback: 'all' },
      }),
    ]),
  );
});

test('who cancelled it is told, too; of a delivery on which nobody decided, nothing', async () => {
  const approvals = await Approvals.start();
  expect(await decisionsOn(delivery, approvals.stage.bucket)).toEqual([]);
  await approvals.decide({ decision: 'cancel', comment: 'not today' }, undefined, 'console:cli-3');
  expect(await decisionsOn(delivery, approvals.stage.bucket)).toMatchObject([
    {
      voter: 'console',
      through: 'console:cli-3',
      decision: { delivery, decision: 'cancel', comment: 'not today' },
      plan: null,
    },
  ]);
});
