import { ask } from '../../../src/approval/ask.ts';
import { autoApproved } from '../../../src/approval/auto-approve.ts';
import { unitRequestSchema } from '../../../src/approval/request.ts';
import type { UnitSettings } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';

const plan = 'a'.repeat(64);
const approved = { result: { unit: 'vpc', outcome: 'approved', plan } };
const counts = (add: number, change: number, destroy: number) => ({ plan, add, change, destroy });
const withRule = (autoApprove: UnitSettings['autoApprove'], rules = {}) => Approvals.start({ autoApprove, ...rules });

async function asked(approvals: Approvals, of: ReturnType<typeof counts>, context = approvals.context()) {
  await ask({ ...approvals.approvalOf('vpc'), plan: of } as Parameters<typeof ask>[0], context);
  return approvals.answerTo('vpc');
}

describe('a plan', () => {
  test.each<[UnitSettings['autoApprove'], ReturnType<typeof counts>, unknown]>([
    ['never', counts(1, 0, 0), undefined],
    ['no-destroy', counts(1, 2, 0), approved],
    ['no-destroy', counts(0, 0, 1), undefined],
    ['always', counts(0, 0, 1), approved],
  ])('is approved by the rule %s, or asked about: %j', async (rule, planned, answer) => {
    expect(await asked(await withRule(rule), planned)).toEqual(answer);
  });

  test('that replaces something destroys it, so it is asked about where nothing may be destroyed', async () => {
    const approvals = await withRule('no-destroy');
    expect(await asked(approvals, counts(1, 0, 1))).toBeUndefined();
    expect((await approvals.decide({ unit: 'vpc', decision: 'approve' })).done).toBe('vpc: approved.');
  });

  test('is approved by its rule whoever else would have to approve it', async () => {
    const approvals = await withRule('always', {
      approvers: ['ada@example.org', 'bob@example.org'],
      minimumApprovals: 2,
    });
    expect(await asked(approvals, counts(1, 0, 0))).toEqual(approved);
  });

  test('is on record as approved by the rule, and can no longer be decided otherwise', async () => {
    const approvals = await withRule('no-destroy');
    await asked(approvals, counts(1, 0, 0));
    expect(approvals.request('vpc')).toMatchObject({
      given: { decision: { decision: 'approve', unit: 'vpc' }, voter: 'auto-approve (no-destroy)' },
      answer: approved,
    });
    await expect(approvals.decide({ unit: 'vpc', decision: 'decline' })).rejects.toThrow('it is approved already');
  });

  test('is not approved by its rule once the delivery is declined or cancelled', async () => {
    for (const decision of [{ unit: 'dns', decision: 'decline' }, { decision: 'cancel' }]) {
      const approvals = await withRule('no-destroy');
      await ask(
        { ...approvals.approvalOf('dns'), plan: counts(0, 0, 1) } as Parameters<typeof ask>[0],
        approvals.context(),
      );
      await approvals.decide(decision);
      expect(await asked(approvals, counts(1, 0, 0))).toEqual({
        result: { unit: 'vpc', outcome: 'cancelled', plan: null },
      });
    }
  });

  test('is approved by its rule in the end, wherever the function is cut off', async () => {
    const cuts = await cutOffAtEveryCall(async (process) => {
      const approvals = await withRule('always');
      await asked(approvals, counts(1, 0, 0), approvals.context(process)).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
      });
      if (approvals.answerTo('vpc') !== undefined) return expect(approvals.answerTo('vpc')).toEqual(approved);
      // The task gave that token up, and asks with another one.
      await ask(
        { ...approvals.approvalOf('vpc', 'token of the next try'), plan: counts(1, 0, 0) } as Parameters<typeof ask>[0],
        approvals.context(),
      );
      expect(approvals.answerTo('the next try')).toEqual(approved);
      expect(approvals.request('vpc').delivery).toBe(delivery);
    });
    expect(cuts).toBeGreaterThan(10);
  });
});

test('a plan of a unit whose state is another one now is approved by no rule', () => {
  const request = unitRequestSchema.parse({
    version: 1,
    delivery: '0123456789ab-1',
    unit: 'vpc',
    token: 't',
    plan: { sha256: plan, counts: { add: 1, change: 0, destroy: 0 } },
    requestedAt: '2026-01-02T03:04:05Z',
    given: null,
    answer: null,
  });
  expect(autoApproved(request, 'always', {}).answer).not.toBeNull();
  expect(autoApproved(request, 'always', { stateBefore: 's3 bucket=states key=vpc' }).answer).toBeNull();
});
