import fc from 'fast-check';
import { ask } from '../../../src/approval/ask.ts';
import { decide, parseDecision } from '../../../src/approval/decide.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { DecisionError } from '../../../src/errors.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';

const plan = 'a'.repeat(64);

describe('a request for approval', () => {
  test('shows the plan and waits', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    expect(approvals.request('vpc')).toMatchObject({
      unit: 'vpc',
      plan: { sha256: plan, counts: { add: 1, change: 2, destroy: 3 } },
      given: null,
      answer: null,
    });
    expect(approvals.answerTo('vpc')).toBeUndefined();
  });

  test('keeps its task token apart from everything that others may read', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    await approvals.askForRollback({ vpc: 'applied', db: 'failed' });
    const holding = [...approvals.stage.bucket.objects].filter(([, body]) => body.includes('token of'));
    expect(holding.map(([key]) => key)).toEqual([
      expect.stringMatching(`^approvals/${delivery}/[0-9a-f]{64}\\.token$`),
      expect.stringMatching(`^approvals/${delivery}/[0-9a-f]{64}\\.token$`),
    ]);
  });

  test('has its token forgotten once it is answered; the same decision again is the same answer', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc', 'dns');
    const tokens = () => approvals.stage.bucket.list(bucketKeys.tokens(delivery));
    expect(await tokens()).toHaveLength(2);
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(await tokens()).toEqual([bucketKeys.token(delivery, approvals.request('dns').token)]);
    expect(await approvals.decide({ unit: 'vpc', decision: 'approve' })).toMatchObject({ done: 'vpc: approved.' });
    await ask(approvals.approvalOf('vpc'), approvals.context());
    expect(await tokens()).toHaveLength(1);
  });

  test('whose token was deleted before it was answered takes no decision, and says what to restore', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    const key = bucketKeys.token(delivery, approvals.request('vpc').token);
    await approvals.stage.bucket.remove(key);
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve' })).rejects.toThrow(
      `restore the deleted object ${key}`,
    );
    expect(approvals.request('vpc').answer).toBeNull();
  });

  test('that comes twice is one request, and a decision on it stands', async () => {
    const approvals = await Approvals.start();
    const request = approvals.approvalOf('vpc');
    await ask(request, approvals.context());
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await ask(request, approvals.context());
    expect(approvals.request('vpc').answer?.result.outcome).toBe('approved');
  });
});

describe('a decision', () => {
  test('to approve lets the very plan be applied that was shown', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    expect(await approvals.decide({ unit: 'vpc', decision: 'approve', comment: 'fine' })).toMatchObject({
      done: 'vpc: approved.',
    });
    expect(approvals.answerTo('vpc')).toEqual({ result: { unit: 'vpc', outcome: 'approved', plan } });
    expect(approvals.request('vpc').given).toMatchObject({
      voter: 'console:somebody',
      at: '2026-01-02T03:04:05.000Z',
      decision: { decision: 'approve', comment: 'fine' },
    });
  });

  test('to decline applies nothing, and takes back what else waits', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc', 'dns');
    await approvals.decide({ unit: 'vpc', decision: 'decline' });
    expect(approvals.answerTo('vpc')).toEqual({ result: { unit: 'vpc', outcome: 'declined', plan: null } });
    expect(approvals.answerTo('dns')).toEqual({ result: { unit: 'dns', outcome: 'cancelled', plan: null } });
  });

  test('to decline cancels requests that come later, too', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    await approvals.decide({ unit: 'vpc', decision: 'decline' });
    await approvals.askFor('dns');
    expect(approvals.answerTo('dns')).toMatchObject({ result: { outcome: 'cancelled' } });
    await expect(approvals.decide({ unit: 'dns', decision: 'approve' })).rejects.toThrow('it is cancelled already');
  });

  test('to decline leaves alone what was approved before', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc', 'dns');
    await approvals.decide({ unit: 'dns', decision: 'approve' });
    await approvals.decide({ unit: 'vpc', decision: 'decline' });
    expect(approvals.answerTo('dns')).toMatchObject({ result: { outcome: 'approved' } });
  });

  test('to replan leads to a new request, with a token and a plan of its own', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    const before = approvals.request('vpc');
    await approvals.decide({ unit: 'vpc', decision: 'replan' });
    expect(approvals.answerTo('vpc')).toMatchObject({ result: { outcome: 'replan', plan: null } });
    const newer = 'b'.repeat(64);
    await ask(approvals.approvalOf('vpc', 'token of vpc, planned again', newer), approvals.context());
    expect(approvals.request('vpc')).toMatchObject({ plan: { sha256: newer }, given: null, answer: null });
    expect(approvals.request('vpc').token).not.toBe(before.token);
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(approvals.answerTo('vpc, planned again')).toMatchObject({ result: { outcome: 'approved', plan: newer } });
  });

  test('given again is no error and changes nothing', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    const first = await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(await approvals.decide({ unit: 'vpc', decision: 'approve' })).toEqual(first);
    expect(approvals.stage.stepFunctions.answers.size).toBe(1);
  });

  test('is refused when it was taken otherwise', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await expect(approvals.decide({ unit: 'vpc', decision: 'decline' })).rejects.toThrow(
      'Unit vpc is not waiting for a decision: it is approved already. See live-ci status.',
    );
    expect(approvals.stage.bucket.text(bucketKeys.declined(delivery))).toBeUndefined();
  });

  test('is refused for a unit that does not wait', async () => {
    const approvals = await Approvals.start();
    await expect(approvals.decide({ unit: 'db', decision: 'approve' })).rejects.toThrow(
      `Unit db is not waiting for a decision in ${delivery}`,
    );
  });

  test('is refused for a unit that the delivery does not have, and its units are named', async () => {
    const approvals = await Approvals.start();
    await expect(approvals.decide({ unit: 'dbs', decision: 'approve' })).rejects.toThrow(
      `Delivery ${delivery} has no unit dbs; its units are dns, vpc, db, app.`,
    );
    await approvals.askFor('vpc');
    const units = ['vpc', 'nothing'];
    await expect(approvals.decide({ unit: 'vpc', decision: 'decline', rollback: 'selective', units })).rejects.toThrow(
      'has no unit nothing',
    );
  });

  test('is refused for a delivery that has ended, or never was', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    await approvals.stage.execute(delivery);
    await approvals.stage.poll();
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve' })).rejects.toThrow(
      `Delivery ${delivery} has ended; nothing is running.`,
    );
    await expect(approvals.decide({ delivery: '0123456789ab-1', unit: 'vpc', decision: 'approve' })).rejects.toThrow(
      'There is no delivery 0123456789ab-1; nothing is running.',
    );
  });

  test('that comes too late is told that the request has expired', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    approvals.stage.stepFunctions.expire('token of vpc');
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve' })).rejects.toThrow('the request has expired');
  });
});

describe('a decision that is tried again later', () => {
  const givenAt = new Date('2026-01-02T03:04:05Z');
  const later = (approvals: Approvals) => ({ ...approvals.context(), now: () => new Date('2026-01-02T03:05:00Z') });
  const again = (approvals: Approvals, decision: Record<string, unknown>) =>
    decide(parseDecision({ delivery, ...decision }), 'console:somebody', later(approvals), givenAt);

  test('never answers for a plan that was made after it was given', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await ask(approvals.approvalOf('vpc', 'token of vpc, planned again', 'b'.repeat(64)), later(approvals));
    await expect(again(approvals, { unit: 'vpc', decision: 'approve' })).rejects.toThrow(
      'Unit vpc has asked anew since this decision was given',
    );
    expect(approvals.answerTo('vpc, planned again')).toBeUndefined();
  });

  test('never answers a rollback question that was asked after it was given', async () => {
    const approvals = await Approvals.start();
    await ask(approvals.rollbackOf({ vpc: 'applied', db: 'failed' }), later(approvals));
    await expect(again(approvals, { decision: 'decline', rollback: 'all' })).rejects.toThrow('has asked anew');
    expect(approvals.chosen).toBeUndefined();
  });
});

describe('a request whose task was tried again, and so waits with another token', () => {
  test('takes the place of the one before, which nobody can answer any more', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    approvals.stage.stepFunctions.expire('token of vpc');
    await ask(approvals.approvalOf('vpc', 'token of the second try'), approvals.context());
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect(approvals.answerTo('the second try')).toMatchObject({ result: { outcome: 'approved', plan } });
  });

  test('stays the one that waits when the try before comes late, in whatever order they get on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const approvals = await Approvals.start();
        const { bucket, stepFunctions } = approvals.context();
        const tries = ['2026-01-02T03:04:05Z', '2026-01-02T03:04:07Z'].map((at, index) =>
          ask(approvals.approvalOf('vpc', `token of try ${index + 1}`), {
            bucket: inAnyOrder(scheduler, bucket),
            stepFunctions,
            now: () => new Date(at),
          }),
        );
        await scheduler.waitFor(Promise.all(tries));
        approvals.stage.stepFunctions.expire('token of try 1');
        expect([...approvals.stage.bucket.objects.values()].filter((body) => body.includes('token of'))).toHaveLength(
          1,
        );
        const later = { ...approvals.context(), now: () => new Date('2026-01-02T03:05:00Z') };
        await approvals.decide({ unit: 'vpc', decision: 'approve' }, later);
        expect(approvals.answerTo('try 2')).toMatchObject({ result: { outcome: 'approved' } });
      }),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  });

  test('asks again when the one before was answered in vain, and whoever answered is told', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    approvals.stage.stepFunctions.expire('token of vpc');
    await expect(approvals.decide({ unit: 'vpc', decision: 'approve' })).rejects.toThrow('no longer waits');
    await ask(approvals.approvalOf('vpc', 'token of the second try'), approvals.context());
    expect(approvals.request('vpc')).toMatchObject({ given: null, answer: null });
    expect(approvals.answerTo('the second try')).toBeUndefined();
  });

  test('asks again for a rollback choice, too', async () => {
    const approvals = await Approvals.start();
    const ended = { vpc: 'applied', db: 'failed' } as const;
    await approvals.askForRollback(ended);
    approvals.stage.stepFunctions.expire('token of the rollback');
    await expect(approvals.decide({ decision: 'decline', rollback: 'all' })).rejects.toThrow('no longer waits');
    await ask(approvals.rollbackOf(ended, 'token of the second try'), approvals.context());
    await approvals.decide({ decision: 'decline', rollback: 'all' });
    expect(approvals.answerTo('the second try')).toMatchObject({ result: { rollback: 'all' } });
  });
});

describe('wherever a decision is cut off', () => {
  test.each([
    ['approve', { vpc: 'approved', dns: undefined }],
    ['decline', { vpc: 'declined', dns: 'cancelled' }],
    ['replan', { vpc: 'replan', dns: undefined }],
  ] as const)('giving it again carries it out once: %s', async (decision, expected) => {
    await cutOffAtEveryCall(async (process) => {
      const approvals = await Approvals.start();
      await approvals.askFor('vpc', 'dns');
      await approvals.decide({ unit: 'vpc', decision }, approvals.context(process)).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return approvals.decide({ unit: 'vpc', decision });
      });
      const outcome = (unit: string) =>
        (approvals.answerTo(unit) as { result: { outcome: string } } | undefined)?.result.outcome;
      expect({ vpc: outcome('vpc'), dns: outcome('dns') }).toEqual(expected);
    });
  });
});

describe('at the same moment', () => {
  const interleaved = async (play: (scheduler: fc.Scheduler, approvals: Approvals) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => play(scheduler, await Approvals.start())),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  const slowly = (scheduler: fc.Scheduler, approvals: Approvals) => {
    const { bucket, stepFunctions, now } = approvals.context();
    return { bucket: inAnyOrder(scheduler, bucket), stepFunctions: inAnyOrder(scheduler, stepFunctions), now };
  };

  test('two different decisions: one stands, the other is told', async () => {
    await interleaved(async (scheduler, approvals) => {
      await approvals.askFor('vpc');
      const context = slowly(scheduler, approvals);
      const decisions = ['approve', 'decline'] as const;
      const results = await scheduler.waitFor(
        Promise.allSettled(decisions.map((decision) => approvals.decide({ unit: 'vpc', decision }, context))),
      );
      const [refused, ...others] = results.filter((result) => result.status === 'rejected');
      expect(others).toEqual([]);
      expect(refused?.reason).toBeInstanceOf(DecisionError);
      const stands = results[0]?.status === 'fulfilled' ? 'approved' : 'declined';
      expect(approvals.answerTo('vpc')).toMatchObject({ result: { outcome: stands } });
      expect(approvals.request('vpc').answer?.result.outcome).toBe(stands);
    });
  });

  test('a decline and a new request: nobody is left waiting', async () => {
    await interleaved(async (scheduler, approvals) => {
      await approvals.askFor('vpc');
      const context = slowly(scheduler, approvals);
      const request = approvals.approvalOf('dns');
      await scheduler.waitFor(
        Promise.all([approvals.decide({ unit: 'vpc', decision: 'decline' }, context), ask(request, context)]),
      );
      expect(approvals.answerTo('vpc')).toMatchObject({ result: { outcome: 'declined' } });
      expect(approvals.answerTo('dns')).toMatchObject({ result: { outcome: 'cancelled' } });
    });
  });
});

describe('what is no decision', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /This is no decision: input: .* Give \{"delivery"/],
    ['a text', 'approve', /input: /],
    ['no delivery', { unit: 'vpc', decision: 'approve' }, /delivery: /],
    [
      'a delivery that is no name of one',
      { delivery: 'main', unit: 'vpc', decision: 'approve' },
      /must be the name of a/,
    ],
    ['an unknown decision', { delivery, unit: 'vpc', decision: 'accept' }, /decision: /],
    ['an unknown key', { delivery, unit: 'vpc', decision: 'approve', force: true }, /force/],
    ['an approval of no unit', { delivery, decision: 'approve' }, /unit: is needed with approve/],
    [
      'a rollback with an approval',
      { delivery, unit: 'vpc', decision: 'approve', rollback: 'all' },
      /goes with decline/,
    ],
    ['a decline of nothing', { delivery, decision: 'decline' }, /rollback: is needed when no unit is named/],
    [
      'selective without units',
      { delivery, decision: 'decline', rollback: 'selective' },
      /must list at least one unit/,
    ],
    [
      'units without selective',
      { delivery, decision: 'decline', rollback: 'all', units: ['vpc'] },
      /goes with rollback selective/,
    ],
    ['a path out of the repository', { delivery, unit: '../vpc', decision: 'approve' }, /must be a path inside/],
  ])('is told what is wrong with it: %s', (_, input, reason) => {
    expect(() => parseDecision(input)).toThrow(DecisionError);
    expect(() => parseDecision(input)).toThrow(reason);
  });
});
