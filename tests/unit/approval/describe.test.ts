import { jest } from '@jest/globals';
import { parseDecision } from '../../../src/approval/decide.ts';
import { type Describe, type Description, describe as describeRequest } from '../../../src/approval/describe.ts';
import type { Config } from '../../../src/config/schema.ts';
import { DeliveryError } from '../../../src/errors.ts';
import { noEffects } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';

const plan = 'a'.repeat(64);
const asked = (unit: string): Describe => ({
  ask: 'description',
  delivery,
  unit,
  plan: { plan, add: 1, change: 2, destroy: 3 },
});
const link = 'https://page.example.org/link';

async function describedBy(
  approvals: Approvals,
  { unit = 'vpc', links = async () => [link] } = {},
): Promise<Description> {
  return describeRequest(asked(unit), { bucket: approvals.stage.bucket, links });
}

const describedWith = async (rules: Partial<Config['approvals']> = {}, more = {}) =>
  describedBy(await Approvals.start(rules), more);

describe('what the console shows of a question', () => {
  test('says what, why, whose and how much', async () => {
    expect(await describedWith()).toMatchObject({
      unit: 'vpc',
      changes: '+1 ~2 -3',
      why: expect.stringMatching(/./),
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      message: expect.stringMatching(/./),
      author: expect.stringMatching(/./),
      'approvals needed': 'one of those who were given a link, and whoever starts "decision"',
    });
  });

  test('has a link to the page that lets nobody decide', async () => {
    const links = jest.fn(async () => [link]);
    expect(await describedWith({}, { links })).toMatchObject({ 'the plan, to look at': link });
    expect(links).toHaveBeenCalledWith({ delivery, units: ['vpc'], approver: null });
  });

  test('without a page, says the command', async () => {
    expect(await describedWith({}, { links: async () => [] })).toMatchObject({
      'the plan, to look at': "live-ci plan 'vpc'",
    });
  });

  test('has each decision as it is pasted, for the very plan', async () => {
    const decisions = Object.values(await describedWith()).filter((value) => typeof value === 'object');
    expect(decisions.map(parseDecision)).toEqual(
      [
        { decision: 'approve' },
        { decision: 'decline', rollback: 'none' },
        { decision: 'decline', rollback: 'all' },
        { decision: 'replan' },
      ].map((decision) => ({ delivery, unit: 'vpc', plan, ...decision })),
    );
  });

  test('names what the plan destroys, and the outputs that change', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', {
      action: 'plan',
      outcome: 'planned',
      plan,
      destroys: [
        { address: 'aws_db_instance.main', replaced: true },
        { address: 'aws_eip.old', replaced: false },
      ],
      outputsChanged: ['vpc_id'],
      counts: { ...noEffects, import: 1 },
      warnings: ['It is old.'],
    });
    expect(await describedBy(approvals)).toMatchObject({
      changes: '+0 ~0 -0, 1 imported, outputs: vpc_id, 1 warning',
      warnings: ['It is old.'],
      destroys: ['aws_db_instance.main (replaced)', 'aws_eip.old'],
      'outputs that change': ['vpc_id'],
    });
  });

  test('says that the state is another one now, and what stays in the old one', async () => {
    expect(await describedWith()).not.toHaveProperty('state');
    const approvals = await Approvals.start();
    await approvals.elsewhere('vpc');
    const planned = { action: 'plan', outcome: 'planned', plan } as const;
    await approvals.stage.built(delivery, 'vpc', { ...planned, heldBefore: 14 });
    expect(await describedBy(approvals)).toMatchObject({
      state: 'its state is another one now: 14 resources stay in the old one (s3 bucket=states key=old)',
    });
  });

  test('says how many different approvers it takes, and who they are', async () => {
    const approvers = ['ada@example.org', 'bob@example.org'];
    expect(await describedWith({ approvers, minimumApprovals: 2, authorMayApprove: false })).toMatchObject({
      'approvals needed':
        '2 different ones of ada@example.org, bob@example.org, and whoever starts "decision"; not of those who wrote it',
    });
  });

  test('fits the input of a state, however much there is to say', async () => {
    const long = (index: number) => `${index}${'ü'.repeat(5000)}`;
    const many = Array.from({ length: 1000 }, (_, index) => long(index));
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', {
      action: 'plan',
      outcome: 'planned',
      plan,
      destroys: many.map((address) => ({ address, replaced: true })),
      outputsChanged: many,
    });
    const described = JSON.stringify(await describedBy(approvals));
    expect(Buffer.byteLength(described)).toBeLessThan(200_000);
  });

  test('of a unit that the delivery does not have is refused', async () => {
    const approvals = await Approvals.start();
    await expect(describedBy(approvals, { unit: 'nowhere' })).rejects.toThrow(DeliveryError);
  });
});
