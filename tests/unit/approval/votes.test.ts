import fc from 'fast-check';
import { ask } from '../../../src/approval/ask.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';

const [ada, bob, cyd] = ['ada@example.org', 'bob@example.org', 'cyd@example.org'];
const two = { approvers: [ada, bob, cyd], minimumApprovals: 2 };
const approve = { unit: 'vpc', decision: 'approve' };

/** `vpc` waits for an approver. */
async function waiting(rules: Parameters<typeof Approvals.start>[0]): Promise<Approvals> {
  const approvals = await Approvals.start(rules);
  await approvals.askFor('vpc');
  return approvals;
}

const vote = (approvals: Approvals, by: string, decision: object, context = approvals.context()) =>
  approvals.decide({ ...decision }, context, by);
/** Its calls happen in whatever order the scheduler says. */
function slowly(scheduler: fc.Scheduler, approvals: Approvals): ReturnType<Approvals['context']> {
  const { bucket, stepFunctions, now } = approvals.context();
  return { bucket: inAnyOrder(scheduler, bucket), stepFunctions: inAnyOrder(scheduler, stepFunctions), now };
}

const outcome = (approvals: Approvals) =>
  (approvals.answerTo('vpc') as { result: { outcome: string } } | undefined)?.result.outcome;
const votes = ({ stage }: Approvals) =>
  [...stage.bucket.objects.keys()].filter((key) => key.startsWith(bucketKeys.votesOn(delivery, 'vpc', 'a'.repeat(64))));

describe('a plan that two must approve', () => {
  test('is approved by the second of them', async () => {
    const approvals = await waiting(two);
    expect((await vote(approvals, ada, approve)).done).toBe('vpc: 1 of 2 approvals.');
    expect(outcome(approvals)).toBeUndefined();
    expect((await vote(approvals, bob, approve)).done).toBe('vpc: approved.');
    expect(outcome(approvals)).toBe('approved');
    // For whoever looks later: both have approved it, not the last one alone.
    expect(approvals.request('vpc').given?.voters?.toSorted()).toEqual([ada, bob]);
  });

  test('is not approved by one who says it twice, however the address is written', async () => {
    const approvals = await waiting(two);
    await vote(approvals, ada, approve);
    expect((await vote(approvals, 'Ada@Example.org', approve)).done).toBe('vpc: 1 of 2 approvals.');
    expect(votes(approvals)).toHaveLength(1);
  });

  test('is not approved by the console alone: whoever starts the state machine is one voter', async () => {
    const approvals = await waiting(two);
    await vote(approvals, 'console:first', approve);
    expect((await vote(approvals, 'console:second', approve)).done).toBe('vpc: 1 of 2 approvals.');
    expect((await vote(approvals, ada, approve)).done).toBe('vpc: approved.');
  });

  test('is declined by one', async () => {
    const approvals = await waiting(two);
    await vote(approvals, ada, approve);
    await vote(approvals, bob, { unit: 'vpc', decision: 'decline' });
    expect(outcome(approvals)).toBe('declined');
  });

  test('may be declined by one who has approved it', async () => {
    const approvals = await waiting(two);
    await vote(approvals, ada, approve);
    await vote(approvals, ada, { unit: 'vpc', decision: 'decline' });
    expect(outcome(approvals)).toBe('declined');
  });

  test('has no approvals any more once it was made again', async () => {
    const approvals = await waiting(two);
    await vote(approvals, ada, approve);
    await vote(approvals, bob, { unit: 'vpc', decision: 'replan' });
    await ask(approvals.approvalOf('vpc', 'token of vpc, planned again', 'b'.repeat(64)), approvals.context());
    expect((await vote(approvals, bob, approve)).done).toBe('vpc: 1 of 2 approvals.');
  });

  test('is approved at last whenever a vote was cut off and is given again, by that approver or another', async () => {
    for (const again of [bob, cyd]) {
      await cutOffAtEveryCall(async (process) => {
        const approvals = await waiting(two);
        await vote(approvals, ada, approve);
        await vote(approvals, bob, approve, approvals.context(process)).catch((error) => {
          if (!(error instanceof CutOff)) throw error;
          return vote(approvals, again, approve);
        });
        expect(outcome(approvals)).toBe('approved');
      });
    }
  });

  test.each([
    ['two of three', [ada, bob]],
    ['all three', [ada, bob, cyd]],
    ['two, one of them twice', [ada, bob, ada]],
  ])('is approved when %s do so at the same moment, and nobody is refused', async (_, voters) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const approvals = await waiting(two);
        const context = slowly(scheduler, approvals);
        await scheduler.waitFor(Promise.all(voters.map((by) => vote(approvals, by, approve, context))));
        expect(outcome(approvals)).toBe('approved');
      }),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  });

  test('is approved or declined, and never both, when that is said at the same moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const approvals = await waiting(two);
        const context = slowly(scheduler, approvals);
        const said = [
          vote(approvals, ada, approve, context),
          vote(approvals, bob, approve, context),
          vote(approvals, cyd, { unit: 'vpc', decision: 'decline' }, context),
        ];
        await scheduler.waitFor(Promise.allSettled(said));
        expect(approvals.request('vpc').answer?.result.outcome).toBe(outcome(approvals));
        const declined = approvals.stage.bucket.text(bucketKeys.declined(delivery)) !== undefined;
        expect(outcome(approvals)).toBe(declined ? 'declined' : 'approved');
      }),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  });
});

describe('who may approve', () => {
  test('is among the approvers, where there are any, or has started the state machine', async () => {
    const approvals = await waiting({ approvers: [ada] });
    await expect(vote(approvals, bob, approve)).rejects.toThrow(
      'bob@example.org is not among the approvers of vpc, so this decision does not count.',
    );
    await expect(vote(approvals, bob, { unit: 'vpc', decision: 'decline' })).rejects.toThrow('not among');
    expect(votes(approvals)).toEqual([]);
    await vote(approvals, 'console:somebody', approve);
    expect(outcome(approvals)).toBe('approved');
  });

  test('has not written the commit, where its author may not approve; to decline is always allowed', async () => {
    const author = 'author@example.org';
    const rules = { approvers: [ada, author], authorMayApprove: false };
    const approvals = await waiting(rules);
    await expect(vote(approvals, 'Author@example.org', approve)).rejects.toThrow(
      'author@example.org has written what vpc would get',
    );
    await vote(approvals, author, { unit: 'vpc', decision: 'decline' });
    expect(outcome(approvals)).toBe('declined');
    const allowed = await waiting({ ...rules, authorMayApprove: true });
    await vote(allowed, author, approve);
    expect(outcome(allowed)).toBe('approved');
  });
});

test('a decision about a plan is refused when there is another by then', async () => {
  const approvals = await waiting({});
  await expect(approvals.decide({ ...approve, plan: 'b'.repeat(64) })).rejects.toThrow(
    'Unit vpc has another plan by now than the one that this decision is about',
  );
  await approvals.decide({ ...approve, plan: 'a'.repeat(64) });
  expect(outcome(approvals)).toBe('approved');
});
