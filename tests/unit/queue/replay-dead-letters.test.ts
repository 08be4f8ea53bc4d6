import fc from 'fast-check';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { type ChangeSet, changeSetSchema } from '../../../src/model.ts';
import { claim } from '../../../src/queue/claim.ts';
import { deadLetters } from '../../../src/queue/dead-letters.ts';
import { enqueue } from '../../../src/queue/enqueue.ts';
import { giveUpDeadLetters, replayDeadLetters } from '../../../src/queue/replay-dead-letters.ts';
import { changeSetOf, commit } from '../../support/change-set.ts';
import { cutOffAtEveryCall, orCutOff, Process } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { liveRepository } from '../../support/live-repository.ts';
import { now, PipelineStage } from '../../support/pipeline-stage.ts';

const graph = { db: ['vpc'], vpc: [] };
const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;

/** Number 2, which changes vpc and deletes dns, became a dead letter; number 3, which changes vpc again, is delivered. */
async function stageWithDeadLetter(): Promise<PipelineStage> {
  const stage = new PipelineStage();
  const before = { ...graph, dns: [] };
  await stage.enqueue(1, { graph: before, touched: { db: 'added', vpc: 'added', dns: 'added' } });
  const second = await stage.enqueue(2, {
    graph,
    before,
    touched: { vpc: 'modified', dns: 'deleted' },
    code: { vpc: 'two' },
  });
  await stage.enqueue(3, { graph, touched: { vpc: 'modified' }, code: { vpc: 'three' } });
  await stage.bucket.remove(bucketKeys.changeSet(2));
  await deliverAll(stage);
  expect(stage.started).toEqual([id(1), id(3)]);
  // Somebody brings the object back from its versions.
  await stage.bucket.write(bucketKeys.changeSet(2), JSON.stringify(second));
  return stage;
}

async function deliverAll(stage: PipelineStage): Promise<void> {
  while ((await stage.poll()) === 'started') await stage.execute(stage.started.at(-1) ?? '');
}

function contextOf(stage: PipelineStage, process = new Process()) {
  const [bucket, queue] = [process.using(stage.bucket), process.using(stage.queue)];
  return { bucket, queue, config: stage.config, directory: '/nowhere', now };
}

const replayAll = async (stage: PipelineStage, process?: Process) =>
  replayDeadLetters(await deadLetters(stage.bucket), contextOf(stage, process));

/** Change sets that bring a dead letter back. */
function replays(stage: PipelineStage): ChangeSet[] {
  return [...stage.bucket.objects]
    .filter(([key]) => key.startsWith(bucketKeys.changeSets))
    .map(([, body]) => changeSetSchema.parse(JSON.parse(body.toString('utf8'))))
    .filter((changeSet) => changeSet.replays !== undefined);
}

describe('a dead letter that is replayed', () => {
  test('is a new change set, which delivers its units as the newest enqueued commit has them', async () => {
    const stage = await stageWithDeadLetter();
    const { replayed, left } = await replayAll(stage);
    expect(left).toEqual([]);
    expect(replayed).toMatchObject([{ id: '0000000002', changeSet: { sequence: 4, head: commit('c3') } }]);
    expect(replays(stage)[0]?.touched.map(({ path, change, reasons }) => [path, change, reasons.at(-1)])).toEqual([
      ['vpc', 'modified', 'replayed from the dead letter 0000000002'],
      ['dns', 'deleted', 'replayed from the dead letter 0000000002'],
    ]);
    await deliverAll(stage);
    expect(stage.started).toEqual([id(1), id(3), id(3, 2)]);
    expect(stage.applied).toMatchObject({ vpc: { commit: commit('c3'), fingerprint: 'three' }, dns: { commit: null } });
    expect(await deadLetters(stage.bucket)).toEqual([]);
    expect(stage.queue.dead).toEqual([]);
    expect(stage.queue.bodies).toEqual([]);
  });

  test('leaves out units that a later commit has deleted', async () => {
    const stage = await stageWithDeadLetter();
    await stage.enqueue(4, { graph: { db: [] }, before: graph, touched: { vpc: 'deleted', db: 'modified' } });
    await deliverAll(stage);
    const { replayed } = await replayAll(stage);
    expect(replayed[0]?.changeSet.touched.map(({ path }) => path)).toEqual(['dns']);
  });

  test('is replayed once, however often that is asked', async () => {
    const stage = await stageWithDeadLetter();
    const letters = await deadLetters(stage.bucket);
    await replayDeadLetters(letters, contextOf(stage));
    expect(await replayDeadLetters(letters, contextOf(stage))).toEqual({ replayed: [], left: [] });
    expect(replays(stage)).toHaveLength(1);
  });

  test.each([true, false])('is replayed once wherever that is cut off (SQS moves dead letters: %s)', async (moves) => {
    const cuts = await cutOffAtEveryCall(async (process) => {
      const stage = await stageWithDeadLetter();
      stage.queue.moves = moves;
      stage.queue.put('hello');
      await stage.poll();
      await orCutOff(() => replayAll(stage, process));
      stage.queue.timePasses();
      await stage.poll();
      const { left } = await replayAll(stage);
      expect(left).toMatchObject([{ reason: expect.stringContaining('is no change set') }]);
      await deliverAll(stage);
      for (const { name } of stage.stepFunctions.executions) if (name === id(3, 2)) await stage.execute(name);
      await deliverAll(stage);
      expect(replays(stage)).toHaveLength(1);
      expect(stage.started).toEqual([id(1), id(3), id(3, 2)]);
      expect((await deadLetters(stage.bucket)).map((letter) => letter.body)).toEqual(['hello']);
    });
    expect(cuts).toBeGreaterThan(20);
  });

  test('is replayed once and in order, whatever is enqueued, replayed and polled at the same moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const stage = await stageWithDeadLetter();
        const [letter] = await deadLetters(stage.bucket);
        const context = contextOf(stage);
        const at = () => ({
          ...context,
          bucket: inAnyOrder(scheduler, stage.bucket),
          queue: inAnyOrder(scheduler, stage.queue),
        });
        const push = (name: string) =>
          claim(async (last, sequence) => {
            const changeSet = changeSetOf(sequence, { graph, touched: { db: 'modified' }, base: last?.head ?? null });
            return { ...changeSet, head: commit(name) };
          }, at());
        await scheduler.waitFor(
          Promise.all([
            replayDeadLetters(letter ? [letter] : [], at()),
            replayDeadLetters(letter ? [letter] : [], at()),
            push('one'),
            push('other'),
            stage.poll(),
          ]),
        );
        for (const { name } of stage.stepFunctions.executions) stage.stepFunctions.end(name);
        await deliverAll(stage);
        const [brought, ...more] = replays(stage);
        expect(more).toEqual([]);
        expect(brought?.touched.map(({ path }) => path)).toContain('vpc');
        expect(stage.pointer.sequence).toBe(6);
        expect(await deadLetters(stage.bucket)).toEqual([]);
      }),
      { numRuns: process.env.CI === 'true' ? 300 : 60 },
    );
  });

  test('is made again from git when its change set is gone, in a clone that has its commits', async () => {
    await using live = await liveRepository();
    const stage = new PipelineStage();
    const root = (text: string) => `terraform {\n  backend "local" {}\n}\n# ${text}`;
    const context = { ...contextOf(stage), directory: live.url };
    const first = await live.commit({ 'a/main.tf': root('one'), 'b/main.tf': root('one') });
    await enqueue(live.url, { head: first }, context);
    const second = await live.commit({ 'a/main.tf': root('two') });
    await enqueue(live.url, { head: second }, context);
    await stage.bucket.remove(bucketKeys.changeSet(2));
    await deliverAll(stage);
    const letters = await deadLetters(stage.bucket);
    expect(await replayDeadLetters(letters, { ...context, directory: live.states })).toMatchObject({
      replayed: [],
      left: [
        {
          id: '0000000002',
          reason: expect.stringMatching(
            new RegExp(`change-sets/0000000002.json is gone.*Restore the object.*that has ${first} and ${second}`),
          ),
        },
      ],
    });
    const { replayed } = await replayDeadLetters(letters, context);
    expect(replayed).toMatchObject([{ changeSet: { sequence: 3, head: second, touched: [{ path: 'a' }] } }]);
  });
});

describe('a dead letter that can not be replayed', () => {
  test('because it is no change set stays, with what can be done', async () => {
    const stage = new PipelineStage();
    stage.queue.put('hello');
    await stage.poll();
    expect(await replayAll(stage)).toEqual({
      replayed: [],
      left: [{ id: 'message-1', reason: expect.stringContaining('live-ci skip --dead-letters message-1') }],
    });
    expect(stage.queue.dead).toHaveLength(1);
  });

  test('because a baseline covers it stays', async () => {
    const stage = await stageWithDeadLetter();
    const baseline = { version: 1, base: null, head: commit('c9'), sequence: 3, changeSet: null, sent: true };
    await stage.bucket.write(bucketKeys.enqueued, JSON.stringify(baseline));
    expect((await replayAll(stage)).left).toMatchObject([
      { reason: expect.stringContaining('A baseline was recorded') },
    ]);
    expect(replays(stage)).toEqual([]);
  });

  test('because it is only just being put aside stays', async () => {
    const stage = await stageWithDeadLetter();
    await stage.bucket.write(bucketKeys.pointer, JSON.stringify({ ...stage.pointer, sequence: 1 }));
    expect((await replayAll(stage)).left).toMatchObject([{ reason: expect.stringContaining('try again in a minute') }]);
  });
});

test('dead letters that are given up are gone, wherever that is cut off, and the others stay', async () => {
  await cutOffAtEveryCall(async (process) => {
    const stage = await stageWithDeadLetter();
    stage.queue.put('hello');
    await stage.poll();
    const given = (await deadLetters(stage.bucket)).filter((letter) => letter.body === 'hello');
    await orCutOff(() => giveUpDeadLetters(given, contextOf(stage, process)));
    stage.queue.timePasses();
    await giveUpDeadLetters(given, contextOf(stage));
    expect((await deadLetters(stage.bucket)).map((letter) => letter.id)).toEqual(['0000000002']);
    expect(stage.queue.dead.map((letter) => letter.id)).toEqual(['0000000002']);
  });
});
