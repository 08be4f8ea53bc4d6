/** What docs/operate.md tells about a lost approval, step by step. */
import { ask } from '../../../src/approval/ask.ts';
import { hashOf } from '../../../src/approval/token.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay } from '../../../src/delivery/halted.ts';
import { deliveryStatus } from '../../../src/delivery/status.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { Process } from '../../support/cut-off.ts';

const tokenKey = bucketKeys.token(delivery, hashOf('token of vpc'));

async function waiting(...units: string[]): Promise<Approvals> {
  const approvals = await Approvals.start();
  for (const unit of units) {
    await approvals.stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan: 'a'.repeat(64) });
  }
  await approvals.askFor(...units);
  return approvals;
}

const states = async ({ stage }: Approvals, id = delivery) =>
  Object.fromEntries(
    (await deliveryStatus(stage.bucket, id, stage.pointer)).units.map(({ path, state }) => [path, state]),
  );

describe('a lost approval', () => {
  test('is found again in the status, whoever was told of it, and whoever may decide answers it', async () => {
    const approvals = await waiting('vpc');
    expect(await states(approvals)).toMatchObject({ vpc: 'waiting-for-approval' });
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(approvals.answerTo('vpc')).toMatchObject({ result: { outcome: 'approved' } });
  });

  test('of which the answer was kept and never sent is sent when it is given again; another answer is refused', async () => {
    const approvals = await waiting('vpc');
    const { stepFunctions } = approvals.stage;
    const silent = { ...approvals.context(), stepFunctions: new Process(1).using(stepFunctions) };
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve' }, silent)).rejects.toThrow();
    expect(await states(approvals)).toMatchObject({ vpc: 'applying' });
    expect(approvals.answerTo('vpc')).toBeUndefined();
    await expect(approvals.decide({ unit: 'vpc', decision: 'decline' })).rejects.toThrow('it is approved already');
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(approvals.answerTo('vpc')).toMatchObject({ result: { outcome: 'approved' } });
  });

  test('whose task token was deleted is answered once the named object is restored', async () => {
    const approvals = await waiting('vpc');
    const { bucket } = approvals.stage;
    const token = bucket.text(tokenKey) ?? '';
    await bucket.remove(tokenKey);
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve' })).rejects.toThrow(
      `restore the deleted object ${tokenKey}`,
    );
    await bucket.write(tokenKey, token);
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(approvals.answerTo('vpc')).toMatchObject({ result: { outcome: 'approved' } });
  });

  test('whose task token was deleted is named by a cancel, which takes back everything else', async () => {
    const approvals = await waiting('vpc', 'dns');
    await approvals.stage.bucket.remove(tokenKey);
    await expect(approvals.decide({ decision: 'cancel' })).rejects.toThrow(`restore the deleted object ${tokenKey}`);
    expect(approvals.answerTo('dns')).toMatchObject({ result: { outcome: 'cancelled' } });
  });

  test('that can not be restored is asked for again: the execution is stopped, and the delivery replayed', async () => {
    const approvals = await waiting('vpc');
    const { stage } = approvals;
    await stage.bucket.remove(tokenKey);
    stage.stepFunctions.end(delivery, 'ABORTED');
    expect(await stage.poll()).toBe('halted');
    const again = await replay(stage.bucket);
    await stage.poll();
    expect(stage.started).toEqual([delivery, again.id]);
    await ask({ ...approvals.approvalOf('vpc', 'token of the replay'), delivery: again.id }, approvals.context());
    await approvals.decide({ delivery: again.id, unit: 'vpc', decision: 'approve' });
    expect(approvals.answerTo('the replay')).toMatchObject({ result: { outcome: 'approved' } });
  });
});
