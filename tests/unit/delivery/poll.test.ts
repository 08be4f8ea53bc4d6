import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay } from '../../../src/delivery/halted.ts';
import { poll } from '../../../src/delivery/poll.ts';
import { first, id, later, stageWith } from '../../support/chain-stage.ts';
import { changeSetOf, commit, enqueued } from '../../support/change-set.ts';
import { cutOffAtEveryCall, orCutOff } from '../../support/cut-off.ts';
import { now, PipelineStage } from '../../support/pipeline-stage.ts';

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

  test('stops when another poll has moved the pointer since it looked: the same commit is started once', async () => {
    const stage = await stageWith(1);
    const { bucket, ...context } = stage.context();
    const others: string[] = [];
    const late = {
      read: bucket.read.bind(bucket),
      list: bucket.list.bind(bucket),
      remove: bucket.remove.bind(bucket),
      write: async (...[key, ...rest]: Parameters<typeof bucket.write>) => {
        const announces = key === bucketKeys.pointer && String(rest[0]).includes('"intended"');
        if (announces && others.length === 0) others.push('begins', await stage.poll());
        return bucket.write(key, ...rest);
      },
    } as typeof bucket;
    expect(await poll({ ...context, bucket: late })).toBe('overtaken');
    expect(others).toEqual(['begins', 'started']);
    expect(stage.started).toEqual([id(1)]);
    expect(stage.pointer.running).toMatchObject({ delivery: id(1), phase: 'started' });
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

  test('takes an execution that has just begun, and is not seen yet, for one that runs', async () => {
    const stage = await stageWith(1, 2);
    await stage.poll();
    stage.stepFunctions.executions.length = 0;
    expect(await stage.poll()).toBe('running');
    expect(stage.pointer).toMatchObject({ running: { delivery: id(1) }, halted: null });
  });

  test('halts the queue when the execution is not there for four minutes after its start: its state machine was removed', async () => {
    const stage = await stageWith(1, 2);
    await stage.poll();
    stage.stepFunctions.executions.length = 0;
    const polledAfter = (seconds: number) =>
      poll({ ...stage.context(), now: () => new Date(now().getTime() + seconds * 1000) });
    expect(await polledAfter(239)).toBe('running');
    expect(await polledAfter(240)).toBe('halted');
    expect(stage.pointer.halted).toMatchObject({ delivery: id(1), reason: 'its execution is not there any more' });
  });

  test('counts that from the start, which is later than the announcement when a poll was cut off in between', async () => {
    const stage = await stageWith(1);
    const { publish } = stage.stepFunctions;
    stage.stepFunctions.publish = () => Promise.reject(new Error('Rate exceeded'));
    await expect(stage.poll()).rejects.toThrow('Rate exceeded');
    stage.stepFunctions.publish = publish;
    expect(stage.pointer).toMatchObject({ running: { phase: 'intended' } });
    const tomorrow = { ...stage.context(), now: () => new Date(now().getTime() + 86_400_000) };
    expect(await poll(tomorrow)).toBe('started');
    stage.stepFunctions.executions.length = 0;
    expect(await poll(tomorrow)).toBe('running');
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

  describe('finds an execution interrupted, since what runs it was stopped', () => {
    async function interrupted(
      ended: Parameters<PipelineStage['record']>[1] = {},
      before = async (_: PipelineStage) => {},
    ) {
      const stage = await stageWith(1, 2);
      await stage.poll();
      await before(stage);
      await stage.record(id(1), ended);
      stage.stepFunctions.end(id(1), 'INTERRUPTED');
      return stage;
    }

    test('and goes on by itself with what is open, which is planned and asked again', async () => {
      const stage = await interrupted({ vpc: 'applied', db: 'cancelled' });
      expect(await stage.poll()).toBe('started');
      expect(stage.started).toEqual([id(1), id(1, 2)]);
      expect(stage.delivery(id(1, 2)).units.map(({ path }) => path)).toEqual(['db']);
      expect(stage.pointer).toMatchObject({ running: { delivery: id(1, 2), phase: 'started' }, halted: null });
      expect(await stage.poll()).toBe('running');
      await stage.execute(id(1, 2));
      expect(await stage.poll()).toBe('started');
      expect(stage.started).toEqual([id(1), id(1, 2), id(2)]);
      expect(stage.pointer.carried).toEqual([]);
    });

    test('and goes on once, wherever it is cut off meanwhile', async () => {
      const cuts = await cutOffAtEveryCall(async (process) => {
        const stage = await interrupted({ vpc: 'applied', db: 'cancelled' });
        await orCutOff(() => stage.poll(process));
        await stage.poll();
        expect(stage.started).toEqual([id(1), id(1, 2)]);
        expect(stage.pointer).toMatchObject({ running: { delivery: id(1, 2), phase: 'started' }, halted: null });
      });
      expect(cuts).toBeGreaterThan(20);
    });

    test('and takes it for ended when nothing was open any more', async () => {
      const stage = await interrupted();
      expect(await stage.poll()).toBe('started');
      expect(stage.started).toEqual([id(1), id(2)]);
    });

    test.each<[string, Parameters<typeof interrupted>]>([
      ['half applied', [{ db: 'half applied' }]],
      ['could not be rolled back', [{ db: 'rollback-failed' }]],
      ['declined', [{ db: 'declined' }, (stage) => written(stage, bucketKeys.declined(id(1)))]],
      ['cancelled by somebody', [{ db: 'cancelled' }, (stage) => written(stage, bucketKeys.cancelled(id(1)))]],
      ['asked about a rollback', [{ db: 'failed' }, (stage) => written(stage, bucketKeys.rollbackRequest(id(1)))]],
    ])('and halts where people are to decide, as something was %s', async (_what, [ended, before]) => {
      const stage = await interrupted(ended, before);
      expect(await stage.poll()).toBe('halted');
      expect(stage.started).toEqual([id(1)]);
    });

    const asked = {
      ...{ version: 1, delivery: id(1), token: 'token', modified: [], troubled: ['db'] },
      ...{ requestedAt: now().toISOString(), given: null, answer: null },
    };
    const written = async ({ bucket }: PipelineStage, key: string) =>
      void (await bucket.write(key, JSON.stringify(asked)));
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

  test('halts the queue when Step Functions refuses the definition, keeps no such definition, and goes on once it is taken', async () => {
    const stage = await stageWith(1);
    stage.stepFunctions.refuses = 'too large';
    expect(await stage.poll()).toBe('halted');
    expect(await stage.poll()).toBe('halted');
    expect(stage.pointer.halted).toMatchObject({ delivery: id(1), reason: 'too large' });
    expect(stage.bucket.text(bucketKeys.definition(id(1)))).toBeUndefined();
    stage.stepFunctions.refuses = null;
    await replay(stage.bucket);
    expect(await stage.poll()).toBe('started');
  });

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
    await stage.enqueue(1, first);
    expect(await stage.poll()).toBe('idle');
    expect(stage.started).toEqual([id(1)]);
    expect(stage.queue.bodies).toEqual([]);
  });

  test('gives a commit that is delivered again, as a new change set, a name of its own', async () => {
    const stage = await stageWith(1);
    await stage.poll();
    await stage.execute(id(1));
    await stage.poll();
    const again = { ...changeSetOf(2, later), head: commit('c1') };
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
