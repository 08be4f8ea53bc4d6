import { render } from '../../../src/cli/commands/queue.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { queueStatus } from '../../../src/queue/queue-status.ts';
import { commit } from '../../support/change-set.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

const graph = { db: ['vpc'], vpc: [] };
const head = (sequence: number) => commit(`c${sequence}`).slice(0, 12);
const since = '2026-01-02T03:04:05Z';
const statusOf = (stage: PipelineStage) => queueStatus(stage.bucket, stage.queue);
const shown = async (stage: PipelineStage) => render(await statusOf(stage)).split('\n');

async function waiting(pushes: number): Promise<PipelineStage> {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: { db: 'added', vpc: 'added' } });
  await stage.poll();
  for (let push = 2; push <= pushes; push++) await stage.enqueue(push, { graph, touched: { vpc: 'modified' } });
  return stage;
}

describe('the queue', () => {
  test('of a deployment to which nothing was pushed is empty', async () => {
    expect(await shown(new PipelineStage())).toEqual([
      'Nothing is being delivered.',
      'Nothing waits.',
      'SQS counts 0 message(s) in the queue, 0 in the dead-letter queue',
    ]);
  });

  test('shows what runs, and what waits behind it in order, with its units and since when', async () => {
    expect(await shown(await waiting(3))).toEqual([
      `Delivery ${head(1)}-1 running since 2026-01-02T03:04:05.000Z: change 1`,
      '2 change set(s) wait:',
      `  2  ${head(2)}  ${since}  change 2 (Example)  vpc`,
      `  3  ${head(3)}  ${since}  change 3 (Example)  vpc`,
      'SQS counts 2 message(s) in the queue, 0 in the dead-letter queue',
    ]);
  });

  test('shows the same when its messages have expired', async () => {
    const stage = await waiting(2);
    stage.queue.expire();
    expect(await shown(stage)).toEqual([
      expect.stringContaining('running'),
      '1 change set(s) wait:',
      expect.stringContaining(head(2)),
      'SQS counts 0 message(s) in the queue, 0 in the dead-letter queue',
    ]);
  });

  test('shows the first of many, and how many are behind', async () => {
    const status = await statusOf(await waiting(1000));
    expect(status.waiting.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 50 }, (_, n) => n + 2));
    expect(status.more).toBe(949);
    expect(render(status)).toContain('  and 949 more');
  });

  test('says why it is halted, and what can be done', async () => {
    const stage = await waiting(2);
    await stage.execute(stage.started[0] ?? '', { vpc: 'half applied', db: 'cancelled' });
    await stage.poll();
    expect(await shown(stage)).toEqual([
      `Delivery ${head(1)}-1 halted since 2026-01-02T03:04:05.000Z: change 1 (half applied: vpc)`,
      expect.stringContaining('live-ci skip'),
      expect.stringContaining('live-ci replay'),
      '1 change set(s) wait:',
      expect.stringContaining(head(2)),
      `carried: vpc (failed in ${head(1)}-1)`,
      `carried: db (cancelled in ${head(1)}-1)`,
      expect.stringContaining('SQS counts'),
    ]);
  });

  test('shows dead letters with their reasons, and what waits that is going to be one', async () => {
    const stage = await waiting(3);
    await stage.bucket.remove(bucketKeys.changeSet(2));
    expect((await statusOf(stage)).unreadable).toEqual([2]);
    expect(await shown(stage)).toContain('  2  its object in the artifact bucket is gone or broken');
    await stage.execute(stage.started[0] ?? '');
    await stage.poll();
    expect(await statusOf(stage)).toMatchObject({
      waiting: [],
      unreadable: [],
      deadLetters: [{ id: '0000000002', head: commit('c2'), since: '2026-01-02T03:04:05.000Z' }],
    });
    const lines = await shown(stage);
    expect(lines).toContain('1 dead letter(s):');
    expect(lines.join('\n')).toMatch(
      / {2}0000000002 {2}[0-9a-f]{12} {2}\S+ {2}change-sets\/0000000002.json is not in the/,
    );
  });

  test('lets nothing through that moves the cursor', async () => {
    const stage = new PipelineStage();
    stage.queue.put('{"version":1,"\u001b[2J":1}');
    await stage.poll();
    expect(render(await statusOf(stage))).not.toContain('\u001b[2J');
  });
});
