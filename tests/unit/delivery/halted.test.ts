import fc from 'fast-check';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay, retryLast, skip } from '../../../src/delivery/halted.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { commit } from '../../support/change-set.ts';
import { cutOffAtEveryCall, orCutOff } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;
const graph = { app: ['db'], db: ['vpc'], vpc: [] };

/** vpc is applied, db half applied, app cancelled; another push waits. */
async function halted(): Promise<PipelineStage> {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: { app: 'added', db: 'added', vpc: 'added' } });
  await stage.enqueue(2, { graph, touched: { vpc: 'modified' }, code: { vpc: 'two' } });
  await stage.poll();
  await stage.execute(id(1), { db: 'half applied', app: 'cancelled' });
  await stage.poll();
  return stage;
}

describe('a replay', () => {
  test('delivers the same commit again, for the units that did not end well', async () => {
    const stage = await halted();
    expect((await replay(stage.bucket)).id).toBe(id(1, 2));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1), id(1, 2)]);
    expect(stage.delivery(id(1, 2)).units.map(({ path, after }) => [path, after])).toEqual([
      ['db', []],
      ['app', ['db']],
    ]);
  });

  test('that ends well lets the queue go on', async () => {
    const stage = await halted();
    await replay(stage.bucket);
    await stage.poll();
    await stage.execute(id(1, 2));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1), id(1, 2), id(2)]);
    expect(stage.pointer.carried).toEqual([]);
    expect(stage.applied).toMatchObject({ app: { half: null }, db: { half: null }, vpc: { half: null } });
  });

  test('that fails again halts again, and can be replayed again', async () => {
    const stage = await halted();
    await replay(stage.bucket);
    await stage.poll();
    await stage.execute(id(1, 2), { db: 'applied', app: 'half applied' });
    expect(await stage.poll()).toBe('halted');
    expect((await replay(stage.bucket)).units.map((unit) => unit.path)).toEqual(['app']);
  });

  test('plans what was there only because a dependency might change: nobody else will know', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: { app: 'added', db: 'added', vpc: 'added' } });
    await stage.poll();
    await stage.execute(id(1));
    await stage.enqueue(2, { graph, touched: { vpc: 'modified' }, code: { vpc: 'two' } });
    await stage.poll();
    await stage.execute(id(2), { db: 'half applied', app: 'cancelled' });
    await stage.poll();
    const { units } = await replay(stage.bucket);
    expect(units.map(({ path, change }) => [path, change])).toEqual([
      ['db', 'carried'],
      ['app', 'carried'],
    ]);
  });

  describe('of a new unit that was left half applied', () => {
    /** @param existed what the plan of the first attempt found */
    async function replayed(existed: boolean): Promise<boolean | undefined> {
      const stage = new PipelineStage();
      await stage.enqueue(1, { graph, touched: { vpc: 'added' } });
      await stage.poll();
      await stage.built(id(1), 'vpc', { action: 'plan', outcome: 'planned', existed });
      await stage.execute(id(1), { vpc: 'half applied' });
      await stage.poll();
      const [unit] = (await replay(stage.bucket)).units;
      await stage.poll();
      await stage.built(id(1, 2), 'vpc', { action: 'plan', outcome: 'planned', existed: true });
      await stage.execute(id(1, 2), { vpc: 'half applied' });
      await stage.poll();
      await skip(stage.bucket);
      await stage.enqueue(2, { graph, touched: { vpc: 'modified' }, code: { vpc: 'two' } });
      await stage.poll();
      expect(stage.delivery(id(2)).units[0]?.ours).toBe(unit?.ours);
      return unit?.ours;
    }

    test('knows that what is there is ours, for as long as nothing is applied', async () => {
      expect(await replayed(false)).toBe(true);
    });

    test('takes nothing for ours that was there before', async () => {
      expect(await replayed(true)).toBeUndefined();
    });
  });

  test('a second time is told that nothing is halted any more', async () => {
    const stage = await halted();
    await replay(stage.bucket);
    await expect(replay(stage.bucket)).rejects.toThrow(`No delivery is halted: ${id(1, 2)} is running.`);
    expect(stage.pointer.running).toMatchObject({ delivery: id(1, 2), phase: 'intended' });
  });
});

describe('another try', () => {
  test('of a halted delivery is a replay', async () => {
    const stage = await halted();
    expect(await retryLast(stage.bucket)).toMatchObject({ id: id(1, 2), attempt: 2 });
    expect(await stage.poll()).toBe('started');
  });

  test('of one that has ended delivers what was declined, and what was cancelled because of it', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: { vpc: 'added', db: 'added', app: 'added' } });
    await stage.poll();
    await stage.execute(id(1), { db: 'declined', app: 'cancelled' });
    await stage.poll();
    const { units } = await retryLast(stage.bucket);
    expect(units.map(({ path }) => path)).toEqual(['db', 'app']);
    expect(await stage.poll()).toBe('started');
    await stage.execute(id(1, 2));
    await stage.poll();
    expect(stage.pointer).toMatchObject({ running: null, halted: null, carried: [] });
  });

  test.each([
    ['all units ended well', async (stage: PipelineStage) => stage.execute(id(1))],
    ['is running', async () => {}],
  ])('is refused, and leaves nothing, when %s', async (why, end) => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: { vpc: 'added' } });
    await stage.poll();
    await end(stage);
    await stage.poll();
    await expect(retryLast(stage.bucket)).rejects.toThrow(/Nothing can be tried again/);
    expect(why).toBeDefined();
    expect(stage.bucket.objects.has(bucketKeys.delivery(id(1, 2)))).toBe(false);
  });

  test('before the first push is refused', async () => {
    await expect(retryLast(new PipelineStage().bucket)).rejects.toThrow('nothing was delivered yet');
  });
});

describe('another try instead of a rollback', () => {
  /** db is half applied, and app was cancelled because of it; the rollback question is answered with another try. */
  async function retried(): Promise<Approvals> {
    const approvals = await Approvals.start();
    const ended = { vpc: 'applied', dns: 'applied', db: 'half applied', app: 'cancelled' } as const;
    await approvals.askForRollback(ended);
    expect(await approvals.decide({ decision: 'retry' })).toMatchObject({ rollback: [], warning: [] });
    expect(approvals.chosen).toEqual({ rollback: 'retry', units: [] });
    expect(await approvals.stage.record(delivery, ended)).toMatchObject({ halted: false, sync: false });
    approvals.stage.stepFunctions.end(delivery, 'SUCCEEDED');
    return approvals;
  }
  const next = delivery.replace(/-1$/, '-2');

  test('halts nothing, and delivers at once what did not end well', async () => {
    const { stage } = await retried();
    expect(await stage.poll()).toBe('started');
    expect(stage.started.at(-1)).toBe(next);
    expect(stage.delivery(next).units.map(({ path, after }) => [path, after])).toEqual([
      ['db', []],
      ['app', ['db']],
    ]);
    await stage.execute(next);
    await stage.poll();
    expect(stage.pointer).toMatchObject({ running: null, halted: null, carried: [] });
  });

  test('is begun once, wherever it is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const { stage } = await retried();
      await orCutOff(() => stage.poll(process));
      await stage.poll();
      expect(stage.started.filter((one) => one !== delivery)).toEqual([next]);
      expect(stage.pointer).toMatchObject({ halted: null, running: { delivery: next, phase: 'started' } });
    });
  });

  test('does not follow when somebody stopped the execution meanwhile: that halts', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'db', { action: 'apply', outcome: 'failed', plan: 'a'.repeat(64) });
    await approvals.askForRollback({ db: 'half applied', app: 'cancelled' });
    await approvals.decide({ decision: 'retry' });
    approvals.stage.stepFunctions.end(delivery, 'ABORTED');
    expect(await approvals.stage.poll()).toBe('halted');
  });
});

describe('a skip', () => {
  test('lets the queue go on, and the next delivery plans what was left open', async () => {
    const stage = await halted();
    expect(await skip(stage.bucket)).toEqual({ delivery: id(1), carried: ['db', 'app'] });
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1), id(2)]);
    expect(stage.delivery(id(2)).units.map(({ path, change }) => [path, change])).toEqual([
      ['vpc', 'modified'],
      ['db', 'carried'],
      ['app', 'carried'],
    ]);
  });

  test('a second time is told that nothing is halted any more', async () => {
    const stage = await halted();
    await skip(stage.bucket);
    await expect(skip(stage.bucket)).rejects.toThrow('No delivery is halted: the pipeline is idle.');
  });
});

describe('while nothing is halted', () => {
  test('neither replay nor skip does anything', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: { vpc: 'added' } });
    await stage.poll();
    const before = new Map(stage.bucket.objects);
    await expect(replay(stage.bucket)).rejects.toThrow(`No delivery is halted: ${id(1)} is running.`);
    await expect(skip(stage.bucket)).rejects.toThrow(`No delivery is halted: ${id(1)} is running.`);
    expect(new Map(stage.bucket.objects)).toEqual(before);
  });

  test('before the first push they say so, too', async () => {
    await expect(skip(new PipelineStage().bucket)).rejects.toThrow('No delivery is halted: the pipeline is idle.');
  });
});

test('a replay and a skip at the same moment: one does what it says, the other is told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const stage = await halted();
      const bucket = inAnyOrder(scheduler, stage.bucket);
      const [replayed, skipped] = await scheduler.waitFor(Promise.allSettled([replay(bucket), skip(bucket)]));
      expect([replayed.status, skipped.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(stage.pointer.running?.delivery ?? null).toBe(replayed.status === 'fulfilled' ? id(1, 2) : null);
      expect(stage.pointer.halted).toBeNull();
    }),
    { numRuns: 50 },
  );
});
