import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { skip } from '../../../src/delivery/halted.ts';
import type { PollResult } from '../../../src/delivery/poll.ts';
import type { Received } from '../../../src/queue/queue.ts';
import { id, later, stageWith } from '../../support/chain-stage.ts';
import { Process } from '../../support/cut-off.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

describe('whatever becomes of its message', () => {
  const fates: [string, (stage: PipelineStage) => unknown][] = [
    ['expired behind an approval that took weeks', ({ queue }) => queue.expire()],
    [
      'was moved to the dead letters, because polls that were cut off received it too often',
      async ({ queue }) => {
        for (let n = 0; n < 1000; n++) await queue.release((await queue.receive()) as Received);
        expect(await queue.receive()).toBeUndefined();
        expect(queue.dead).toMatchObject([{ reason: null }]);
      },
    ],
    ['is hidden by a poll that was cut off', ({ queue }) => queue.receive()],
    [
      'was never sent, because the enqueue was cut off',
      ({ queue, bucket }) => {
        queue.expire();
        bucket.objects.delete(bucketKeys.enqueued);
      },
    ],
  ];
  test.each(fates)('a change set whose message %s is delivered', async (_, befalls) => {
    const stage = await stageWith(1);
    await stage.poll();
    await stage.enqueue(2, later);
    await befalls(stage);
    await stage.execute(id(1));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1), id(2)]);
  });
});

describe('the calls to AWS of a poll', () => {
  async function calls(stage: PipelineStage, result: PollResult): Promise<number> {
    const process = new Process();
    expect(await stage.poll(process)).toBe(result);
    return process.calls;
  }

  test('are at most six while there is nothing to do', async () => {
    const stage = await stageWith(1, 2);
    expect(await calls(new PipelineStage(), 'idle')).toBeLessThanOrEqual(6);
    await stage.poll();
    expect(await calls(stage, 'running')).toBeLessThanOrEqual(6);
    await stage.execute(id(1), { db: 'half applied' });
    await stage.poll();
    expect(await calls(stage, 'halted')).toBeLessThanOrEqual(6);
    await skip(stage.bucket);
    await stage.poll();
    await stage.execute(id(2));
    await stage.poll();
    expect(await calls(stage, 'idle')).toBeLessThanOrEqual(6);
  });

  test('are the same however many pushes wait, and the pushes keep their order', async () => {
    const pushes = 1000;
    const stage = await stageWith(1);
    await stage.poll();
    for (let push = 2; push <= pushes; push++) await stage.enqueue(push, later);
    expect(await calls(stage, 'running')).toBeLessThanOrEqual(6);
    const counted = new Set<number>();
    for (let push = 2; push <= pushes; push++) {
      await stage.execute(id(push - 1));
      counted.add(await calls(stage, 'started'));
    }
    expect(counted.size).toBe(1);
    expect(stage.started).toEqual(Array.from({ length: pushes }, (_, n) => id(n + 1)));
    expect(stage.queue.bodies).toEqual([]);
  });
});

test('without its pointer the pipeline delivers nothing again, and says what to restore', async () => {
  const stage = await stageWith(1);
  await stage.poll();
  await stage.bucket.remove(bucketKeys.pointer);
  await expect(stage.poll()).rejects.toThrow('pipeline/state.json is not in the artifact bucket any more');
  expect(stage.started).toEqual([id(1)]);
});

test('a pipeline begins although a self test has delivered before it did', async () => {
  const stage = new PipelineStage();
  await stage.bucket.write('deliveries/selftest-r1-terraform-deliver-aaaaaaaaaaaa-1/delivery.json', '{}');
  expect(await stage.poll()).toBe('idle');
});
