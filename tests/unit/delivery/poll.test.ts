import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { skip } from '../../../src/delivery/halted.ts';
import type { PollResult } from '../../../src/delivery/poll.ts';
import { deadLetters } from '../../../src/queue/dead-letters.ts';
import type { Received } from '../../../src/queue/queue.ts';
import { changeSetOf, commit, enqueued, messageOf } from '../../support/change-set.ts';
import { configWith } from '../../support/config.ts';
import { Process } from '../../support/cut-off.ts';
import { now, PipelineStage } from '../../support/pipeline-stage.ts';

const first = { graph: { db: ['vpc'], vpc: [] }, touched: { db: 'added', vpc: 'added' } } as const;
const chain = { graph: { db: ['vpc'], vpc: [] } };
const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;
const facts = ({ graph, touched }: typeof first) => ({ graph: { db: [...graph.db], vpc: [] }, touched });

async function stageWith(...sequences: number[]): Promise<PipelineStage> {
  const stage = new PipelineStage();
  for (const sequence of sequences) {
    await stage.enqueue(sequence, sequence === 1 ? facts(first) : { ...chain, touched: { vpc: 'modified' } });
  }
  return stage;
}

describe('a poll', () => {
  test('has nothing to do while nothing was pushed', async () => {
    expect(await new PipelineStage().poll()).toBe('idle');
  });

  test('starts the commit that waits, under a name made of the commit, and takes its message away', async () => {
    const stage = await stageWith(1);
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1)]);
    expect(stage.queue.bodies).toEqual([]);
    expect(stage.pointer).toMatchObject({ running: { delivery: id(1), phase: 'started' }, sequence: 1, halted: null });
  });

  test('starts exactly the definition that it keeps in the bucket, with the delivery as its input', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    const [execution] = stage.stepFunctions.executions;
    expect(execution?.definition).toBe(stage.bucket.text(bucketKeys.definition(id(1))));
    expect(JSON.parse(execution?.definition ?? '').States).toHaveProperty('Stage all');
    expect(JSON.parse(execution?.input ?? '')).toMatchObject({ delivery: id(1), head: commit('c1'), units: 2 });
  });

  test('leaves the queue alone while a delivery runs', async () => {
    const stage = await stageWith(1, 2);
    await stage.poll();
    expect(await stage.poll()).toBe('running');
    expect(stage.started).toEqual([id(1)]);
    expect(stage.queue.bodies).toHaveLength(1);
  });

  test('starts the next commit as soon as the one before has ended', async () => {
    const stage = await stageWith(1, 2);
    await stage.poll();
    await stage.execute(id(1));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1), id(2)]);
    expect(stage.pointer.last).toBe(id(1));
    expect(stage.delivery(id(2)).units.map(({ path, base }) => [path, base])).toEqual([
      ['vpc', commit('c1')],
      ['db', commit('c1')],
    ]);
  });

  test('halts the queue when a delivery failed, and says which unit is half applied', async () => {
    const stage = await stageWith(1, 2);
    await stage.poll();
    await stage.execute(id(1), { db: 'half applied' });
    expect(await stage.poll()).toBe('halted');
    expect(await stage.poll()).toBe('halted');
    expect(stage.started).toEqual([id(1)]);
    expect(stage.queue.bodies).toHaveLength(1);
    expect(stage.pointer.halted).toMatchObject({ delivery: id(1), reason: 'half applied: db' });
  });

  test('halts the queue when a rollback failed, and says which', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    await stage.execute(id(1), { vpc: 'rollback-failed', db: 'rolled-back' });
    expect(await stage.poll()).toBe('halted');
    expect(stage.pointer.halted?.reason).toBe('could not be rolled back: vpc');
  });

  test.each(['ABORTED', 'TIMED_OUT', 'FAILED'] as const)(
    'writes an execution that ended %s down from what its builds left, and halts',
    async (status) => {
      const stage = await stageWith(1, 2);
      await stage.poll();
      await stage.built(id(1), 'vpc', { action: 'apply', outcome: 'applied' });
      await stage.built(id(1), 'db', { action: 'plan', outcome: 'planned' });
      await stage.began(id(1), 'db', 'apply');
      stage.stepFunctions.end(id(1), status);
      expect(await stage.poll()).toBe('halted');
      expect(stage.applied).toMatchObject({
        vpc: { commit: commit('c1'), half: null },
        db: { commit: null, half: commit('c1') },
      });
      expect(stage.pointer.halted?.reason).toBe('half applied: db');
      expect(stage.pointer.carried).toMatchObject([{ path: 'db', reason: `failed in ${id(1)}` }]);
    },
  );

  test('says how the execution ended when nothing is half applied', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    stage.stepFunctions.end(id(1), 'ABORTED');
    await stage.poll();
    expect(stage.pointer.halted?.reason).toBe('its execution ended ABORTED');
  });

  test('starts what the pointer announces, although the queue is empty', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    const running = { delivery: id(1), phase: 'intended' as const, execution: null, stateMachineVersion: null };
    await stage.bucket.write(bucketKeys.pointer, JSON.stringify({ ...stage.pointer, running }));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1)]);
    expect(stage.pointer.running?.phase).toBe('started');
  });

  test('takes a message that comes twice away', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    await stage.execute(id(1));
    stage.queue.timePasses();
    await stage.enqueue(1, facts(first));
    expect(await stage.poll()).toBe('idle');
    expect(stage.started).toEqual([id(1)]);
    expect(stage.queue.bodies).toEqual([]);
  });

  test('gives a commit that is delivered again, as a new change set, a name of its own', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    await stage.execute(id(1));
    await stage.poll();
    const again = { ...changeSetOf(2, { ...chain, touched: { vpc: 'modified' } }), head: commit('c1') };
    await enqueued(again, stage.bucket, stage.queue);
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(1), id(1, 2)]);
  });

  test('removes old versions of the state machine, and never the one that it started', async () => {
    const stage = await stageWith(1);
    for (let n = 0; n < 102; n++) await stage.stepFunctions.publish('{}');
    await stage.poll();
    expect(stage.stepFunctions.versions.size).toBe(100);
    expect(stage.stepFunctions.versions).toContainEqual(
      expect.arrayContaining([stage.pointer.running?.stateMachineVersion]),
    );
  });
});

describe('a message that can not be delivered', () => {
  const cases: [string, string, RegExp][] = [
    ['is not JSON', 'hello', /not JSON/],
    ['is no change set', '{"version":1,"head":"main"}', /no change set: repository/],
    [
      'points outside of the change sets',
      JSON.stringify({ ...messageOf(changeSetOf(7, facts(first))), changeSet: 'pipeline/state.json' }),
      /no change set: changeSet/,
    ],
    [
      'points to a change set that was never there',
      JSON.stringify(messageOf(changeSetOf(7, facts(first)))),
      /is not in the artifact bucket/,
    ],
    [
      'is about another commit than its change set',
      JSON.stringify({ ...messageOf(changeSetOf(2, facts(first))), head: commit('c1') }),
      /another commit/,
    ],
  ];
  test.each(cases)(
    'because it %s goes to the dead letters with the reason, and the queue goes on',
    async (_, body, reason) => {
      const stage = new PipelineStage();
      stage.queue.put(body);
      await stage.enqueue(1, facts(first));
      await stage.enqueue(2, { ...chain, touched: { vpc: 'modified' } });
      expect(await stage.poll()).toBe('started');
      expect(stage.started).toEqual([id(1)]);
      expect(stage.queue.dead).toEqual([{ id: 'message-1', body, reason: expect.stringMatching(reason) }]);
      expect(await deadLetters(stage.bucket)).toMatchObject([
        { id: 'message-1', body, reason: expect.stringMatching(reason), at: now().toISOString() },
      ]);
      await stage.execute(id(1));
      expect(await stage.poll()).toBe('started');
      expect(stage.started).toEqual([id(1), id(2)]);
      expect(stage.queue.bodies).toEqual([]);
    },
  );
});

describe('a change set that can not be delivered', () => {
  test('because its object is gone goes to the dead letters, and the one behind it is delivered', async () => {
    const stage = await stageWith(1, 2);
    await stage.bucket.remove(bucketKeys.changeSet(1));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(2)]);
    expect(await deadLetters(stage.bucket)).toMatchObject([
      {
        id: '0000000001',
        reason: expect.stringContaining('change-sets/0000000001.json is not in the artifact bucket'),
        body: JSON.stringify(messageOf(changeSetOf(1, facts(first)))),
      },
    ]);
    expect(stage.queue.bodies).toEqual([]);
    expect(stage.pointer.sequence).toBe(2);
  });

  test('nor its message be found goes to the dead letters all the same', async () => {
    const stage = await stageWith(1, 2);
    await stage.bucket.remove(bucketKeys.changeSet(1));
    stage.queue.expire();
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(2)]);
    expect(await deadLetters(stage.bucket)).toMatchObject([{ id: '0000000001', body: null }]);
  });

  test('is known although nothing but the message of a later one tells of it', async () => {
    const stage = await stageWith(1, 2);
    await stage.bucket.remove(bucketKeys.changeSet(1));
    await stage.bucket.remove(bucketKeys.enqueued);
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(2)]);
    expect(stage.pointer.sequence).toBe(2);
  });

  test('because its object is none goes to the dead letters, too', async () => {
    const stage = await stageWith(1, 2);
    await stage.bucket.write(bucketKeys.changeSet(1), '{"version": 1}');
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(2)]);
    expect(await deadLetters(stage.bucket)).toMatchObject([
      { id: '0000000001', reason: expect.stringContaining('is not what this version writes') },
    ]);
  });

  test('because its object is that of another number goes to the dead letters, too', async () => {
    const stage = await stageWith(1, 2);
    await stage.bucket.write(bucketKeys.changeSet(1), JSON.stringify(changeSetOf(99, facts(first))));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(2)]);
    expect(await deadLetters(stage.bucket)).toMatchObject([
      { id: '0000000001', reason: expect.stringContaining('is the change set number 99') },
    ]);
  });

  test('because its units can not be put in order goes to the dead letters, and no poll breaks down', async () => {
    const stage = await stageWith(1);
    stage.config = configWith({ stages: ['db', 'vpc'] });
    expect(await stage.poll()).toBe('idle');
    expect(stage.pointer).toMatchObject({ running: null, sequence: 1 });
    const message = JSON.stringify(messageOf(changeSetOf(1, facts(first))));
    expect(await deadLetters(stage.bucket)).toMatchObject([
      { id: '0000000001', reason: expect.stringContaining('db depends on vpc'), body: message },
    ]);
    expect(await stage.poll()).toBe('idle');
    expect(stage.queue.bodies).toEqual([]);
  });
});

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
    await stage.enqueue(2, { ...chain, touched: { vpc: 'modified' } });
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
    for (let push = 2; push <= pushes; push++) await stage.enqueue(push, { ...chain, touched: { vpc: 'modified' } });
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
