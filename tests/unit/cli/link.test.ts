import { worthNothing } from '../../../src/cli/commands/link.ts';
import { Approvals, delivery } from '../../support/approvals.ts';

const [ada, author] = ['ada@example.org', 'author@example.org'];

async function warnings(approver: string, units: string[], rules: Parameters<typeof Approvals.start>[0]) {
  const { stage } = await Approvals.start(rules);
  return worthNothing(approver, units, stage.delivery(delivery));
}

describe('a link for somebody', () => {
  test.each([
    ['whose decision counts', 'Ada@Example.org', ['vpc'], { approvers: [ada] }],
    ['where everybody may decide', 'eve@example.org', ['vpc'], {}],
    ['who may choose what to roll back', ada, [], { approvers: [ada] }],
  ])('%s is given without a word', async (_, approver, units, rules) => {
    expect(await warnings(approver, units, rules)).toEqual([]);
  });

  test('who is no approver says that it is worth nothing', async () => {
    const rules = { approvers: [ada] };
    const [said] = await warnings('eve@example.org', ['vpc', 'dns'], rules);
    expect(said).toMatch(/^eve@example.org is not among the approvers of (vpc, dns|dns, vpc), so a decision/);
    expect(await warnings('eve@example.org', [], rules)).toEqual([
      `eve@example.org is not among the approvers of ${delivery}, so a decision with this link does not count.`,
    ]);
  });

  test('who wrote the change says what it is good for', async () => {
    const rules = { approvers: [ada, author], authorMayApprove: false };
    expect(await warnings(author, ['vpc'], rules)).toEqual([
      'author@example.org wrote what vpc would get, so they can decline it and not approve it.',
    ]);
  });
});
