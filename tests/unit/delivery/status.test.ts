import { ask } from '../../../src/approval/ask.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { status } from '../../../src/delivery/status.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { changeSetOf, commit, enqueued } from '../../support/change-set.ts';
import { emptyStatus } from '../../support/empty-status.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

const plan = 'a'.repeat(64);
const now = async ({ stage }: { stage: PipelineStage }) => {
  const shown = await status(stage.bucket);
  return { ...shown, units: Object.fromEntries((shown.delivery?.units ?? []).map((unit) => [unit.path, unit])) };
};
const states = async (approvals: Approvals) =>
  Object.fromEntries(Object.values((await now(approvals)).units).map(({ path, state }) => [path, state]));

describe('the status', () => {
  test('before the first push is that nothing was delivered', async () => {
    expect(await status(new PipelineStage().bucket)).toEqual(emptyStatus);
  });

  test('counts what waits and what could not be delivered from the bucket: messages expire', async () => {
    const stage = new PipelineStage();
    const facts = { graph: { vpc: [] }, touched: { vpc: 'added' as const } };
    for (const sequence of [1, 2, 3]) await stage.enqueue(sequence, facts);
    await stage.bucket.remove(bucketKeys.changeSet(1));
    stage.queue.expire();
    await stage.poll();
    expect((await status(stage.bucket)).queue).toEqual({ waiting: 1, dead: 1 });
  });

  test.each([
    ['INTERRUPTED', 'interrupted'],
    ['MISSING', 'gone'],
    ['RUNNING', 'running'],
    ['FAILED', 'running'],
    [undefined, 'running'],
  ] as const)(
    'of a delivery whose execution Step Functions has as %s is %s, before a poll has looked',
    async (as, state) => {
      const { stage } = await Approvals.start();
      expect((await status(stage.bucket, undefined, async () => as)).delivery?.state).toBe(state);
    },
  );

  test('of a delivery that does not run asks Step Functions nothing', async () => {
    const { stage } = await Approvals.start();
    await stage.execute(delivery);
    await stage.poll();
    const { delivery: shown } = await status(stage.bucket, undefined, () => Promise.reject(new Error('asked')));
    expect(shown?.state).toBe('ended');
  });

  test('says who has approved, and how many must', async () => {
    const approvals = await Approvals.start({ minimumApprovals: 2 });
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.askFor('vpc');
    expect((await now(approvals)).units.vpc?.approvals).toEqual({ given: [], needed: 2 });
    await approvals.decide({ unit: 'vpc', decision: 'approve' }, approvals.context(), 'ada@example.org');
    expect((await now(approvals)).units.vpc?.approvals).toEqual({ given: ['ada@example.org'], needed: 2 });
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect((await now(approvals)).units.vpc).toMatchObject({ state: 'applying', approvals: null });
  });

  test('says what each unit does, on its whole way', async () => {
    const approvals = await Approvals.start();
    const { stage } = approvals;
    expect(await states(approvals)).toEqual({ vpc: 'planning', dns: 'planning', db: 'waiting', app: 'waiting' });
    expect((await now(approvals)).units.app?.waitsFor).toEqual(['db']);

    await stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await stage.built(delivery, 'dns', { action: 'plan', outcome: 'unchanged' });
    await approvals.askFor('vpc');
    expect(await states(approvals)).toMatchObject({ vpc: 'waiting-for-approval', dns: 'unchanged' });
    expect((await now(approvals)).units.vpc).toMatchObject({ plan, counts: { add: 1, change: 0, destroy: 0 } });

    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    expect((await states(approvals)).vpc).toBe('applying');

    await stage.built(delivery, 'vpc', { action: 'apply', outcome: 'applied', plan });
    expect(await states(approvals)).toEqual({ vpc: 'applied', dns: 'unchanged', db: 'planning', app: 'waiting' });

    await stage.built(delivery, 'db', { action: 'plan', outcome: 'failed', error: 'no credentials' });
    expect(await states(approvals)).toMatchObject({ db: 'failed', app: 'cancelled' });
    expect((await now(approvals)).units.db?.error).toBe('no credentials');

    await approvals.askForRollback({ vpc: 'applied', dns: 'unchanged', db: 'failed', app: 'cancelled' });
    expect((await now(approvals)).delivery).toMatchObject({ state: 'waiting-for-rollback-choice', modified: ['vpc'] });
    await approvals.decide({ decision: 'decline', rollback: 'all' });
    expect((await now(approvals)).delivery).toMatchObject({ state: 'running', modified: [] });

    await stage.built(delivery, 'vpc', { action: 'rollback', outcome: 'rolled-back' });
    await stage.execute(delivery, { vpc: 'rolled-back', dns: 'unchanged', db: 'failed', app: 'cancelled' });
    await stage.poll();
    expect((await now(approvals)).delivery?.state).toBe('ended');
    expect(await states(approvals)).toEqual({ vpc: 'rolled-back', dns: 'unchanged', db: 'failed', app: 'cancelled' });
  });

  test('of a unit whose plan went stale is that it is planned, and waits again once it asks again', async () => {
    const approvals = await Approvals.start();
    const { stage } = approvals;
    const newer = 'b'.repeat(64);
    await stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.askFor('vpc');
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await stage.built(delivery, 'vpc', { action: 'apply', outcome: 'stale', plan });
    expect((await states(approvals)).vpc).not.toBe('failed');
    await stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan: newer });
    expect((await states(approvals)).vpc).toBe('planning');
    await ask(approvals.approvalOf('vpc', 'token of the second request', newer), approvals.context());
    expect((await states(approvals)).vpc).toBe('waiting-for-approval');
  });

  test('of a replan is that the unit is planned', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.askFor('vpc');
    await approvals.decide({ unit: 'vpc', decision: 'replan' });
    expect((await states(approvals)).vpc).toBe('planning');
  });

  test('of a halted delivery says why, and what is carried', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.execute(delivery, { vpc: 'half applied', db: 'cancelled', app: 'cancelled' });
    await approvals.stage.poll();
    const shown = await now(approvals);
    expect(shown.delivery?.state).toBe('halted');
    expect(shown.halted?.reason).toBe('half applied: vpc');
    expect(shown.carried.map((unit) => unit.path)).toEqual(['vpc', 'db', 'app']);
  });

  test.each<[string, (approvals: Approvals) => Promise<void>, RegExp]>([
    [
      'plan',
      async ({ stage }) => stage.began(delivery, 'vpc', 'plan'),
      /^Its plan ended without a result.*; its state/,
    ],
    [
      'plan after a replan',
      async (approvals) => {
        await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
        await approvals.askFor('vpc');
        await approvals.decide({ unit: 'vpc', decision: 'replan' });
      },
      /^Its plan ended without a result/,
    ],
    [
      'plan after an apply that found the plan stale',
      async (approvals) => {
        await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
        await approvals.askFor('vpc');
        await approvals.decide({ unit: 'vpc', decision: 'approve' });
        await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'stale', plan });
      },
      /^Its plan ended without a result/,
    ],
    [
      'apply',
      async (approvals) => {
        await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
        await approvals.askFor('vpc');
        await approvals.decide({ unit: 'vpc', decision: 'approve' });
        await approvals.stage.began(delivery, 'vpc', 'apply');
      },
      /^Its apply ended without a result.*may be half applied, and its state may still be locked\. The next build/,
    ],
  ])(
    'of a unit whose build died in its %s says what it may have left, from the rollback question on',
    async (_, lose, told) => {
      const approvals = await Approvals.start();
      await approvals.stage.built(delivery, 'dns', { action: 'apply', outcome: 'applied' });
      await lose(approvals);
      expect((await now(approvals)).units.vpc?.error).toBeNull();
      const ended = { vpc: 'half applied', dns: 'applied', db: 'cancelled', app: 'cancelled' } as const;
      await approvals.askForRollback(ended);
      expect((await now(approvals)).delivery?.state).toBe('waiting-for-rollback-choice');
      const expected = { state: 'failed', error: expect.stringMatching(told) };
      expect((await now(approvals)).units.vpc).toMatchObject(expected);
      await approvals.stage.execute(delivery, ended);
      expect((await now(approvals)).units.vpc).toMatchObject(expected);
    },
  );

  test('of a unit whose build died in its rollback says what it may have left', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'applied', plan });
    await approvals.stage.built(delivery, 'db', { action: 'apply', outcome: 'applied', plan });
    await approvals.stage.began(delivery, 'db', 'rollback');
    await approvals.stage.execute(delivery, { vpc: 'rollback-failed', db: 'rollback-failed' });
    const { units } = await now(approvals);
    expect(units.db?.error).toMatch(/^Its rollback ended without a result.*may be half rolled back/);
    expect(units.vpc?.error).toBeNull(); // it was left alone, since db still reads its outputs
  });

  test('of a unit that could not ask, or whose build told why, says nothing of a build that died', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.stage.built(delivery, 'dns', { action: 'plan', outcome: 'failed', error: 'no credentials' });
    await approvals.stage.execute(delivery, { vpc: 'failed', dns: 'failed', db: 'cancelled', app: 'cancelled' });
    const { units } = await now(approvals);
    expect([units.vpc?.error, units.dns?.error]).toEqual([null, 'no credentials']);
  });

  test('of a unit that nobody decided on in time is that it is declined, once the rollback is asked about', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.askFor('vpc');
    await approvals.askForRollback({ vpc: 'declined', dns: 'applied', db: 'cancelled', app: 'cancelled' });
    expect(await states(approvals)).toMatchObject({ vpc: 'declined', app: 'cancelled' });
  });

  describe('of a commit with which the pipeline put units back', () => {
    const id = (sequence: number) => `${commit(`c${sequence}`).slice(0, 12)}-1`;
    const record = (more: object) =>
      JSON.stringify({
        version: 1,
        commit: commit('c2'),
        branch: 'main',
        pullRequest: null,
        units: ['vpc'],
        left: [],
        ...more,
      });

    async function putBack(subject: string, more: object = {}) {
      const stage = new PipelineStage();
      const facts = { graph: { vpc: [] }, touched: { vpc: 'modified' as const } };
      await stage.enqueue(1, facts);
      await stage.poll();
      await stage.execute(id(1), { vpc: 'declined' });
      await stage.bucket.write(bucketKeys.sync(id(1)), record(more));
      await enqueued({ ...changeSetOf(2, { ...facts, code: { vpc: 'two' } }), subject }, stage.bucket, stage.queue);
      await stage.poll();
      return status(stage.bucket);
    }

    test('keeps what went wrong before in sight', async () => {
      const shown = await putBack(`live-ci: put back 1 unit not delivered by ${id(1)}`);
      expect([shown.before?.delivery, shown.delivery?.delivery]).toEqual([id(1), id(2)]);
      expect(shown.before?.units).toMatchObject([{ path: 'vpc', state: 'declined' }]);
      expect(shown.putBack?.units).toEqual(['vpc']);
    });

    test.each([
      ['that only calls itself so', `live-ci: put back 1 unit not delivered by ${id(1)}`, { commit: commit('c7') }],
      ['of somebody', 'Bring vpc back', {}],
      ['of a delivery that there is not', 'live-ci: put back 1 unit not delivered by 0123456789ab-1', {}],
    ])('and not of one %s', async (_, subject, more) => {
      const shown = await putBack(subject, more);
      expect([shown.before, shown.delivery?.delivery]).toEqual([null, id(2)]);
    });

    test('says what is proposed now, and what can not be', async () => {
      const stage = new PipelineStage();
      const left = [{ path: 'dns', reason: 'its module serves others' }];
      await stage.bucket.write(bucketKeys.proposal, record({ commit: null, left }));
      expect((await status(stage.bucket)).proposal?.left).toEqual(left);
      await stage.bucket.write(bucketKeys.proposal, record({ commit: null }));
      expect((await status(stage.bucket)).proposal).toBeNull();
    });
  });

  test('counts what waits behind it', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.enqueue(2, { graph: { vpc: [] }, touched: { vpc: 'modified' } });
    expect((await now(approvals)).queue).toEqual({ waiting: 1, dead: 0 });
  });

  test('of a delivery that never was is an error', async () => {
    const { stage } = await Approvals.start();
    await expect(status(stage.bucket, '0123456789ab-9')).rejects.toThrow('0123456789ab-9/delivery.json');
  });
});
