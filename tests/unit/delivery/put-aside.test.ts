import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { deadLetters } from '../../../src/queue/dead-letters.ts';
import { first, id, later, stageWith } from '../../support/chain-stage.ts';
import { changeSetOf, commit, inCircle, messageOf } from '../../support/change-set.ts';
import { now, PipelineStage } from '../../support/pipeline-stage.ts';

describe('a message that can not be delivered', () => {
  const cases: [string, string, RegExp][] = [
    ['is not JSON', 'hello', /not JSON/],
    ['is no change set', '{"version":1,"head":"main"}', /no change set: repository/],
    [
      'points outside of the change sets',
      JSON.stringify({ ...messageOf(changeSetOf(7, first)), changeSet: 'pipeline/state.json' }),
      /no change set: changeSet/,
    ],
    [
      'points to a change set that was never there',
      JSON.stringify(messageOf(changeSetOf(7, first))),
      /is not in the artifact bucket/,
    ],
    [
      'is about another commit than its change set',
      JSON.stringify({ ...messageOf(changeSetOf(2, first)), head: commit('c1') }),
      /another commit/,
    ],
  ];
  test.each(cases)(
    'because it %s goes to the dead letters with the reason, and the queue goes on',
    async (_, body, reason) => {
      const stage = new PipelineStage();
      stage.queue.put(body);
      await stage.enqueue(1, first);
      await stage.enqueue(2, later);
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
        body: JSON.stringify(messageOf(changeSetOf(1, first))),
      },
    ]);
    expect(stage.measured).toEqual([['DeadLetters', 1]]);
    expect(stage.queue.bodies).toEqual([]);
    expect(stage.pointer.sequence).toBe(2);
  });

  test('is one dead letter, although its message is seen before its turn has come', async () => {
    const stage = await stageWith(1);
    stage.queue.expire();
    await stage.enqueue(2, later);
    await stage.bucket.remove(bucketKeys.changeSet(2));
    await stage.poll();
    await stage.execute(id(1));
    expect(await stage.poll()).toBe('idle');
    expect((await deadLetters(stage.bucket)).map((letter) => letter.id)).toEqual(['0000000002']);
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
    await stage.bucket.write(bucketKeys.changeSet(1), JSON.stringify(changeSetOf(99, first)));
    expect(await stage.poll()).toBe('started');
    expect(stage.started).toEqual([id(2)]);
    expect(await deadLetters(stage.bucket)).toMatchObject([
      { id: '0000000001', reason: expect.stringContaining('is the change set number 99') },
    ]);
  });

  test('because its units can not be put in order goes to the dead letters, and no poll breaks down', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, inCircle(first));
    expect(await stage.poll()).toBe('idle');
    expect(stage.pointer).toMatchObject({ running: null, sequence: 1 });
    const message = JSON.stringify(messageOf(changeSetOf(1, first)));
    expect(await deadLetters(stage.bucket)).toMatchObject([
      { id: '0000000001', reason: expect.stringContaining('wait for each other in a circle'), body: message },
    ]);
    expect(await stage.poll()).toBe('idle');
    expect(stage.queue.bodies).toEqual([]);
  });
});
