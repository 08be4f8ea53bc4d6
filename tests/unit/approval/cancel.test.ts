import fc from 'fast-check';
import { ask } from '../../../src/approval/ask.ts';
import { parseDecision } from '../../../src/approval/decide.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { status } from '../../../src/delivery/status.ts';
import { DecisionError } from '../../../src/errors.ts';
import { sha256 } from '../../../src/runner/beside-plan.ts';
import { type RunAction, type RunContext, run } from '../../../src/runner/run.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { configWith } from '../../support/config.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { noRole } from '../../support/no-role.ts';

const plan = sha256(Buffer.from('a plan'));
const cancel = { decision: 'cancel' };
const outcomeOf = (approvals: Approvals, unit: string) =>
  (approvals.answerTo(unit) as { result: { outcome: string } } | undefined)?.result.outcome;
const statusOf = async ({ stage }: Approvals) => (await status(stage.bucket)).delivery;

/** Builds of vpc whose plan is there. What begins checks the code out, which is noted and fails. */
class Builds {
  begun = 0;
  readonly #approvals: Approvals;

  constructor(approvals: Approvals) {
    this.#approvals = approvals;
  }

  async run(action: RunAction, bucket: RunContext['bucket'] = this.#approvals.stage.bucket) {
    await bucket.write(bucketKeys.planFile(delivery, 'vpc', plan), 'a plan');
    await bucket.write(bucketKeys.planJson(delivery, 'vpc', plan), '{"format_version":"1.2"}');
    const at = async () => {
      this.begun++;
      throw new Error('the build has begun');
    };
    const context = {
      bucket,
      checkouts: { at },
      environment: {},
      config: configWith(),
      assumeRole: noRole,
      output: () => {},
    };
    return run(action, { delivery, unit: 'vpc', plan }, context);
  }
}

describe('a cancel', () => {
  test('takes back what waits, and what asks later', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc', 'dns');
    expect(await approvals.decide({ ...cancel, comment: 'wrong day' })).toMatchObject({
      done: `${delivery} is cancelled. Approvals taken back: dns, vpc.`,
    });
    await approvals.askFor('db');
    for (const unit of ['vpc', 'dns', 'db']) {
      expect(approvals.answerTo(unit)).toEqual({ result: { unit, outcome: 'cancelled', plan: null } });
    }
    await expect(approvals.decide({ unit: 'dns', decision: 'approve' })).rejects.toThrow('it is cancelled already');
  });

  test.each(['plan', 'apply', 'destroy'] as const)('lets no %s begin', async (action) => {
    const approvals = await Approvals.start();
    const builds = new Builds(approvals);
    await approvals.decide(cancel);
    expect(await builds.run(action)).toMatchObject({ action, outcome: 'cancelled', plan: null, error: null });
    expect(builds.begun).toBe(0);
    expect(approvals.stage.bucket.text(bucketKeys.log(delivery, 'vpc', action))).toBeUndefined();
  });

  test.each(['plan', 'apply'] as const)('shows as cancelled a unit whose %s did not begin', async (action) => {
    const approvals = await Approvals.start();
    await approvals.decide(cancel);
    await new Builds(approvals).run(action);
    expect((await statusOf(approvals))?.units).toContainEqual(
      expect.objectContaining({ path: 'vpc', state: 'cancelled', error: null }),
    );
  });

  test('leaves a rollback alone', async () => {
    const approvals = await Approvals.start();
    const builds = new Builds(approvals);
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.decide(cancel);
    await builds.run('plan-rollback');
    expect(builds.begun).toBe(1);
  });

  test('leaves what is applied already as it is, also when the build is started again', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'applied', plan });
    await approvals.decide(cancel);
    expect(await new Builds(approvals).run('apply')).toMatchObject({ outcome: 'applied', plan });
  });

  test('is shown while it winds down, with who gave it and why, until it asks what to roll back', async () => {
    const approvals = await Approvals.start();
    await approvals.decide({ ...cancel, comment: 'wrong day' });
    const cancelled = { voter: 'console:somebody', at: '2026-01-02T03:04:05.000Z', comment: 'wrong day' };
    expect(await statusOf(approvals)).toMatchObject({ state: 'cancelling', cancelled });
    await approvals.askForRollback({ vpc: 'applied', dns: 'cancelled', db: 'cancelled', app: 'cancelled' });
    expect(await statusOf(approvals)).toMatchObject({ state: 'waiting-for-rollback-choice', cancelled });
    await approvals.decide({ decision: 'decline', rollback: 'all' });
    expect(approvals.chosen).toEqual({ rollback: 'all', units: ['vpc'] });
  });

  test('asks what to roll back, although whoever declined a unit before has chosen', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('db');
    await approvals.decide({ unit: 'db', decision: 'decline', rollback: 'all' });
    await approvals.decide(cancel);
    await approvals.askForRollback({ vpc: 'applied', dns: 'cancelled', db: 'declined', app: 'cancelled' });
    expect(approvals.chosen).toBeUndefined();
  });

  test('asks nothing when nothing was applied', async () => {
    const approvals = await Approvals.start();
    await approvals.decide(cancel);
    await approvals.askForRollback({ vpc: 'cancelled', dns: 'cancelled', db: 'cancelled', app: 'cancelled' });
    expect(approvals.chosen).toEqual({ rollback: 'none', units: [] });
  });

  test('given twice is fine, and the first one stands', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('vpc');
    await approvals.decide({ ...cancel, comment: 'wrong day' });
    expect((await approvals.decide(cancel)).done).toBe(
      `${delivery} was cancelled by console:somebody at 2026-01-02T03:04:05.000Z. Approvals taken back: vpc.`,
    );
    expect((await statusOf(approvals))?.cancelled?.comment).toBe('wrong day');
  });

  test('given again is fine also when the rollback is asked about by then', async () => {
    const approvals = await Approvals.start();
    await approvals.decide(cancel);
    await approvals.askForRollback({ vpc: 'applied', dns: 'cancelled', db: 'cancelled', app: 'cancelled' });
    expect((await approvals.decide(cancel)).done).toContain('was cancelled by');
  });

  test('comes too late once all units have ended', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback({ vpc: 'applied', dns: 'applied', db: 'failed', app: 'cancelled' });
    await expect(approvals.decide(cancel)).rejects.toThrow(
      /nothing is left to cancel: it waits for its rollback choice/,
    );
    await approvals.decide({ decision: 'decline', rollback: 'all' });
    await expect(approvals.decide(cancel)).rejects.toThrow('its rollback is chosen already: all.');
    expect(approvals.stage.bucket.text(bucketKeys.cancelled(delivery))).toBeUndefined();
  });

  test('of a delivery that has ended says so', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.execute(delivery);
    await approvals.stage.poll();
    await expect(approvals.decide(cancel)).rejects.toThrow(`Delivery ${delivery} has ended; nothing is running.`);
  });

  test('is for a whole delivery, and has no rollback choice', () => {
    expect(() => parseDecision({ delivery, unit: 'vpc', decision: 'cancel' })).toThrow(
      /unit: is not given with cancel/,
    );
    expect(() => parseDecision({ delivery, decision: 'cancel', rollback: 'all' })).toThrow(
      /rollback: goes with decline only/,
    );
  });

  test('of which half was done is finished when it is given again, wherever it was cut off', async () => {
    const cuts = await cutOffAtEveryCall(async (process) => {
      const approvals = await Approvals.start();
      await approvals.askFor('vpc', 'dns');
      await approvals.decide(cancel, approvals.context(process)).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return approvals.decide(cancel);
      });
      expect([outcomeOf(approvals, 'vpc'), outcomeOf(approvals, 'dns')]).toEqual(['cancelled', 'cancelled']);
      expect(await new Builds(approvals).run('apply')).toMatchObject({ outcome: 'cancelled' });
    });
    expect(cuts).toBeGreaterThan(20);
  });
});

describe('a cancel at the same moment as', () => {
  const interleaved = async (play: (scheduler: fc.Scheduler, approvals: Approvals) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => play(scheduler, await Approvals.start())),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  const slowly = (scheduler: fc.Scheduler, approvals: Approvals) => {
    const { bucket, stepFunctions, now } = approvals.context();
    return { bucket: inAnyOrder(scheduler, bucket), stepFunctions: inAnyOrder(scheduler, stepFunctions), now };
  };

  test('an approval: the apply runs wholly or not at all', async () => {
    await interleaved(async (scheduler, approvals) => {
      await approvals.askFor('vpc');
      const context = slowly(scheduler, approvals);
      const builds = new Builds(approvals);
      const approve = async () => {
        await approvals.decide({ unit: 'vpc', decision: 'approve' }, context).catch((error) => {
          expect(error).toBeInstanceOf(DecisionError);
        });
        return outcomeOf(approvals, 'vpc') === 'approved' ? builds.run('apply', context.bucket) : undefined;
      };
      const [applied] = await scheduler.waitFor(Promise.all([approve(), approvals.decide(cancel, context)]));
      const end = `${outcomeOf(approvals, 'vpc')}, ${builds.begun === 1 ? 'begun' : 'not begun'}, ${applied?.outcome}`;
      expect([
        'cancelled, not begun, undefined',
        'approved, not begun, cancelled',
        'approved, begun, failed',
      ]).toContain(end);
      expect(await builds.run('destroy')).toMatchObject({ outcome: 'cancelled' });
    });
  });

  test('a new request: nobody is left waiting', async () => {
    await interleaved(async (scheduler, approvals) => {
      const context = slowly(scheduler, approvals);
      const request = approvals.approvalOf('dns');
      await scheduler.waitFor(Promise.all([approvals.decide(cancel, context), ask(request, context)]));
      expect(outcomeOf(approvals, 'dns')).toBe('cancelled');
    });
  });

  test('a decline: nobody is left waiting, and each request has one answer', async () => {
    await interleaved(async (scheduler, approvals) => {
      await approvals.askFor('vpc', 'dns');
      const context = slowly(scheduler, approvals);
      await scheduler.waitFor(
        Promise.allSettled([
          approvals.decide({ unit: 'vpc', decision: 'decline' }, context),
          approvals.decide(cancel, context),
        ]),
      );
      expect(outcomeOf(approvals, 'vpc')).toBe(approvals.request('vpc').answer?.result.outcome);
      expect(['declined', 'cancelled']).toContain(outcomeOf(approvals, 'vpc'));
      expect(outcomeOf(approvals, 'dns')).toBe('cancelled');
    });
  });
});
