import fc from 'fast-check';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay, skip } from '../../../src/delivery/halted.ts';
import { poll } from '../../../src/delivery/poll.ts';
import { deadLetters } from '../../../src/queue/dead-letters.ts';
import { commit } from '../../support/change-set.ts';
import { cutOffAtEveryCall, orCutOff, type Process } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { type Ended, PipelineStage } from '../../support/pipeline-stage.ts';

const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;
const graph = { db: ['vpc'], vpc: [] };

async function threePushes(): Promise<PipelineStage> {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: { db: 'added', vpc: 'added' } });
  await stage.enqueue(2, { graph, touched: { vpc: 'modified' }, code: { vpc: 'two' } });
  await stage.enqueue(3, { graph, touched: { db: 'modified' }, code: { vpc: 'two', db: 'three' } });
  return stage;
}

/** Polls until nothing is left to do; whatever runs comes to its end in between. */
async function play(stage: PipelineStage, process?: Process, ended: Ended = {}): Promise<void> {
  for (let looks = 0; looks < 40; looks++) {
    let alive = process?.dead === false ? process : undefined;
    const result = await orCutOff(() => stage.poll(alive));
    if (result === 'halted') return;
    if (result === undefined) stage.queue.timePasses();
    if (result === 'idle') {
      if (stage.queue.bodies.length === 0) return;
      stage.queue.timePasses();
    }
    for (const execution of stage.stepFunctions.executions.filter((one) => one.status === 'RUNNING')) {
      alive = process?.dead === false ? process : undefined;
      const finished = await orCutOff(() => stage.record(execution.name, ended, alive));
      // A Lambda that broke down is called again.
      const { halted } = finished ?? (await stage.record(execution.name, ended));
      stage.stepFunctions.end(execution.name, halted ? 'FAILED' : 'SUCCEEDED');
    }
  }
  throw new Error('the pipeline does not come to rest');
}

describe('wherever the poll is cut off', () => {
  test('each push is delivered once, in order, and what is applied is written down', async () => {
    const cuts = await cutOffAtEveryCall(async (process) => {
      const stage = await threePushes();
      await play(stage, process);
      expect(stage.started).toEqual([id(1), id(2), id(3)]);
      for (const { name, definition } of stage.stepFunctions.executions) {
        expect(definition).toBe(stage.bucket.text(bucketKeys.definition(name)));
      }
      expect(stage.queue.bodies).toEqual([]);
      expect(stage.queue.dead).toEqual([]);
      expect(stage.pointer).toMatchObject({ running: null, halted: null, sequence: 3, carried: [], last: id(3) });
      expect(stage.applied).toMatchObject({
        vpc: { commit: commit('c3'), fingerprint: 'two', half: null },
        db: { commit: commit('c3'), fingerprint: 'three', half: null },
      });
    });
    expect(cuts).toBeGreaterThan(100);
  });

  test('a delivery that failed halts the queue, and nothing behind it is started', async () => {
    await cutOffAtEveryCall(async (process) => {
      const stage = await threePushes();
      await play(stage, process, { vpc: 'half applied', db: 'cancelled' });
      expect(stage.started).toEqual([id(1)]);
      expect(stage.pointer).toMatchObject({ running: null, halted: { delivery: id(1), reason: 'half applied: vpc' } });
      expect(stage.pointer.carried.map((unit) => unit.path)).toEqual(['vpc', 'db']);
      const waiting = stage.queue.bodies.map((body) => JSON.parse(body).sequence);
      expect(waiting).toEqual(expect.arrayContaining([2, 3]));
    });
  });

  test('what cannot be delivered is put aside once, and nothing else is', async () => {
    await cutOffAtEveryCall(async (process) => {
      const stage = await threePushes();
      stage.queue.put('hello');
      await stage.bucket.remove(bucketKeys.changeSet(2));
      await play(stage, process);
      expect((await deadLetters(stage.bucket)).map((letter) => letter.id)).toEqual(['0000000002', 'message-4']);
      expect(new Set(stage.queue.dead.map((letter) => letter.id))).toEqual(new Set(['0000000002', 'message-4']));
      expect(stage.started).toEqual([id(1), id(3)]);
      expect(stage.queue.bodies).toEqual([]);
    });
  });

  test('a replay starts the halted delivery again once', async () => {
    await cutOffAtEveryCall(async (process) => {
      const stage = await threePushes();
      await play(stage, undefined, { db: 'half applied' });
      if ((await orCutOff(() => replay(process.using(stage.bucket)))) === undefined && stage.pointer.halted) {
        await replay(stage.bucket);
      }
      await play(stage, process);
      expect(stage.started).toEqual([id(1), id(1, 2), id(2), id(3)]);
    });
  });

  test('a skip lets the queue go on once', async () => {
    await cutOffAtEveryCall(async (process) => {
      const stage = await threePushes();
      await play(stage, undefined, { db: 'half applied' });
      if ((await orCutOff(() => skip(process.using(stage.bucket)))) === undefined && stage.pointer.halted) {
        await skip(stage.bucket);
      }
      await play(stage, process);
      expect(stage.started).toEqual([id(1), id(2), id(3)]);
    });
  });
});

describe('polls at the same moment', () => {
  test('deliver each push once and in order, however their calls to AWS interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const stage = await threePushes();
        const look = async () => {
          const { bucket, queue, stepFunctions, ...rest } = stage.context();
          const together = [1, 2, 3].map(() =>
            poll({
              ...rest,
              bucket: inAnyOrder(scheduler, bucket),
              queue: inAnyOrder(scheduler, queue),
              stepFunctions: inAnyOrder(scheduler, stepFunctions),
            }),
          );
          await scheduler.waitFor(Promise.all(together));
        };
        for (let looks = 0; looks < 8; looks++) {
          await look();
          stage.queue.timePasses();
          for (const { name } of stage.stepFunctions.executions.filter((one) => one.status === 'RUNNING')) {
            await stage.execute(name);
          }
        }
        expect(stage.started).toEqual([id(1), id(2), id(3)]);
        expect(stage.queue.bodies).toEqual([]);
        expect(stage.pointer).toMatchObject({ running: null, halted: null, sequence: 3 });
      }),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  });
});
