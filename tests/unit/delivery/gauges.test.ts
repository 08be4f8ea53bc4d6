import { gaugesAfter } from '../../../src/delivery/gauges.ts';
import { Approvals } from '../../support/approvals.ts';
import { changeSetOf } from '../../support/change-set.ts';
import { Process } from '../../support/cut-off.ts';
import { now, PipelineStage } from '../../support/pipeline-stage.ts';

const facts = { graph: { vpc: [] }, touched: { vpc: 'added' as const } };
const hour = 3_600_000;
const later = (milliseconds: number) => () => new Date(Date.parse(changeSetOf(2, facts).enqueuedAt) + milliseconds);

/** A stage with the first of some commits running. */
async function running(...commits: number[]): Promise<PipelineStage> {
  const stage = new PipelineStage();
  for (const sequence of commits) await stage.enqueue(sequence, facts);
  await stage.poll();
  return stage;
}

describe('after a poll', () => {
  test('the age of the queue is that of the commit that is delivered next', async () => {
    const stage = await running(1, 2, 3);
    expect(await stage.poll()).toBe('running');
    expect(await gaugesAfter('running', { bucket: stage.bucket, now: later(hour) })).toMatchObject({
      QueueAge: 3600,
      Halted: 0,
    });
  });

  test('it is nothing while no commit waits, and costs no call when the pipeline is idle', async () => {
    const stage = await running(1);
    expect(await gaugesAfter('running', { bucket: stage.bucket, now: later(hour) })).toMatchObject({ QueueAge: 0 });
    const process = new Process();
    const context = { bucket: process.using(stage.bucket), now };
    expect(await gaugesAfter('idle', context)).toMatchObject({ QueueAge: 0, Halted: 0 });
    expect(process.calls).toBe(0);
  });

  test('a halted pipeline is told, and what waits behind it', async () => {
    const stage = await running(1, 2);
    await stage.execute(stage.started[0] ?? '', { vpc: 'half applied' });
    expect(await stage.poll()).toBe('halted');
    expect(await gaugesAfter('halted', { bucket: stage.bucket, now: later(hour) })).toMatchObject({
      Halted: 1,
      QueueAge: 3600,
    });
  });

  test('approvals that wait are counted, also the choice of a rollback, and those that were answered are not', async () => {
    const approvals = await Approvals.start();
    const waiting = async () =>
      (await gaugesAfter('running', { bucket: approvals.stage.bucket, now })).WaitingApprovals;
    expect(await waiting()).toBe(0);
    await approvals.askFor('vpc', 'dns');
    expect(await waiting()).toBe(2);
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await approvals.decide({ unit: 'dns', decision: 'decline' });
    expect(await waiting()).toBe(0);
    await approvals.askForRollback({ vpc: 'applied', dns: 'declined' });
    expect(await waiting()).toBe(1);
  });

  test('a poll that was overtaken tells nothing, so that none counts twice', async () => {
    expect(await gaugesAfter('overtaken', { bucket: new PipelineStage().bucket, now })).toEqual({});
  });

  test.each(['running', 'halted', 'idle'] as const)(
    'one that was %s makes six calls at most, all told',
    async (found) => {
      const stage = await running(1, 2);
      if (found !== 'running')
        await stage.execute(stage.started[0] ?? '', found === 'halted' ? { vpc: 'half applied' } : {});
      if (found === 'idle') {
        await stage.poll();
        await stage.execute(stage.started[1] ?? '');
      }
      if (found !== 'running') await stage.poll();
      const process = new Process();
      expect(await stage.poll(process)).toBe(found);
      await gaugesAfter(found, { bucket: process.using(stage.bucket), now });
      expect(process.calls).toBeLessThanOrEqual(6);
    },
  );
});

test('what is put aside is counted, once', async () => {
  const stage = new PipelineStage();
  stage.queue.put('no message');
  await stage.poll();
  stage.queue.timePasses();
  await stage.poll();
  expect(stage.measured).toEqual([['DeadLetters', 1]]);
});
