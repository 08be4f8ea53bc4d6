import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { decisionsOn } from '../../../src/delivery/decisions.ts';
import { replay } from '../../../src/delivery/halted.ts';
import { status } from '../../../src/delivery/status.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';
import { ada, DeclinedStory, id } from '../../support/declined-story.ts';

const [same, other] = ['c'.repeat(64), 'd'.repeat(64)];

describe('a unit that was declined, in the next delivery', () => {
  test('is not asked about again: it is declined as before, by whom, when and why', async () => {
    const story = await DeclinedStory.declined();
    expect(story.remembered).toMatchObject({ delivery: id(2), content: same, voter: ada, comment: 'not on a Monday' });
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(story.request(3, 'db')).toMatchObject({
      remembered: id(2),
      given: { voter: ada, decision: { comment: 'not on a Monday' } },
      answer: {
        result: {
          outcome: 'declined',
          why: 'declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”; nothing of it has changed since',
        },
      },
    });
    expect(story.approvals.stage.stepFunctions.answers.get(`token of db in ${id(3)}`)).toMatchObject({
      result: { outcome: 'declined' },
    });
    const db = (await status(story.stage.bucket)).delivery?.units.find(({ path }) => path === 'db');
    expect(db).toMatchObject({ state: 'declined', decided: { voter: ada, remembered: id(2) } });
  });

  test('takes nothing back that waits beside it, and asks nobody what to roll back', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'dns', other);
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'dns')).toBeUndefined();
    expect((await story.decide(3, { unit: 'dns', decision: 'approve' })).done).toBe('dns: approved.');
    expect(await story.asksForRollback(3, { dns: 'applied', db: 'declined', app: 'cancelled' })).toBe('none');
  });

  test('stays so for as long as nothing changes, with the decline that was given', async () => {
    const story = await DeclinedStory.declined();
    for (const sequence of [3, 4]) {
      await story.push(sequence, { dns: 'modified' }, 'two');
      await story.asks(sequence, 'db', same);
      await story.end(sequence, { db: 'declined', app: 'cancelled' });
    }
    await story.push(5, { dns: 'modified' }, 'two');
    // Not asked about this time: something before it was in the way.
    await story.end(5, { db: 'cancelled', app: 'cancelled' });
    expect(story.remembered).toMatchObject({ delivery: id(2), voter: ada });
  });

  test.each<[string, (story: DeclinedStory) => Promise<void>]>([
    ['its plan does something else', (story) => story.asks(3, 'db', other)],
    ['nobody knows what its plan does', (story) => story.asks(3, 'db', null)],
  ])('is asked about when %s', async (_, asks) => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await asks(story);
    expect(story.answered(3, 'db')).toBeUndefined();
    await story.decide(3, { unit: 'db', decision: 'approve' });
    await story.end(3, { db: 'failed', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test('is asked about when its code is another one, whatever its plan does', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { db: 'modified' }, 'three');
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBeUndefined();
    await story.end(3, { db: 'cancelled', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test('is forgotten with the code that was declined, also when nobody came to ask about the new one', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { db: 'modified' }, 'three');
    await story.end(3, { db: 'cancelled', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test('that was to be destroyed is not asked about again either', async () => {
    const story = new DeclinedStory();
    await story.push(1, { db: 'added', dns: 'added', app: 'added' }, 'one');
    await story.end(1, {});
    await story.push(2, { app: 'deleted' }, 'one');
    await story.asks(2, 'app', same);
    await story.decide(2, { unit: 'app', decision: 'decline' });
    await story.end(2, { app: 'declined' });
    await story.stage.enqueue(3, { graph: { db: [], dns: [] }, touched: { dns: 'modified' }, code: { dns: 'dns 3' } });
    await story.stage.poll();
    await story.asks(3, 'app', same);
    expect(story.answered(3, 'app')).toBe('declined');
  });

  test('that nobody answered in time is asked about', async () => {
    const story = await DeclinedStory.declined('', false);
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBeUndefined();
  });

  test('is cancelled with everything else when the delivery was', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.decide(3, { decision: 'cancel' });
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBe('cancelled');
  });

  test('does not answer the question of what to roll back when something else went wrong', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(await story.asksForRollback(3, { dns: 'half applied', db: 'declined', app: 'cancelled' })).toBeUndefined();
  });

  test('leaves the choice to who declines something else', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified', app: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await story.asks(3, 'dns', other);
    await story.decide(3, { unit: 'dns', decision: 'decline', rollback: 'all' });
    expect(await story.asksForRollback(3, { dns: 'declined', db: 'declined', app: 'applied' })).toBe('all');
  });

  test('is remembered by the next attempt at the same commit', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await story.end(3, { dns: 'half applied', db: 'declined', app: 'cancelled' });
    expect((await replay(story.stage.bucket)).units.map(({ path, declined }) => [path, declined?.delivery])).toEqual(
      expect.arrayContaining([
        ['db', id(2)],
        ['dns', undefined],
      ]),
    );
  });

  test('is answered wherever the asking is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const story = await DeclinedStory.declined();
      await story.push(3, { dns: 'modified' }, 'two');
      await story.asks(3, 'db', same, process).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return story.asks(3, 'db', same);
      });
      expect(story.answered(3, 'db')).toBe('declined');
    });
  });
});

describe('somebody who changes their mind', () => {
  const again = { unit: 'db', decision: 'reconsider' };

  test('is asked again by the next delivery, whatever the door, and it is kept with the decisions', async () => {
    const story = await DeclinedStory.declined();
    expect(await story.decide(2, again)).toMatchObject({ done: 'db: asked about again by the next delivery.' });
    expect(story.remembered).toBeUndefined();
    expect(await decisionsOn(id(2), story.stage.bucket)).toMatchObject([
      { voter: ada, decision: { decision: 'decline' } },
      { voter: ada, decision: { decision: 'reconsider' } },
    ]);
    expect(await story.decide(2, again)).toMatchObject({ done: 'db: asked about again by the next delivery.' });
  });

  test('of a unit that is no longer left open is told so', async () => {
    const story = await DeclinedStory.declined();
    await story.reconsiders('db');
    await story.push(3, { dns: 'modified' }, 'two');
    await story.end(3, {});
    await expect(story.decide(2, again)).rejects.toThrow('db is not left open any more');
  });

  test('while the delivery in which it was declined still runs is told to wait', async () => {
    const story = await DeclinedStory.declined();
    await story.reconsiders('db');
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await story.decide(3, { unit: 'db', decision: 'decline', rollback: 'none' });
    await expect(story.decide(3, again)).rejects.toThrow('which still runs; reconsider it once that has ended');
  });

  test('is refused when nobody has declined the unit there, or they are none of its approvers', async () => {
    const story = await DeclinedStory.declined();
    await expect(story.decide(2, { ...again, unit: 'app' })).rejects.toThrow('Nobody has declined app in');
    const key = bucketKeys.request(id(2), 'db');
    const request = { ...story.request(2, 'db'), rules: { approvers: ['bob@example.org'] } };
    await story.stage.bucket.write(key, JSON.stringify(request));
    await expect(story.decide(2, again)).rejects.toThrow('ada@example.org is not among the approvers of db');
    expect(story.remembered).toBeDefined();
  });

  test('is asked again by the next delivery', async () => {
    const story = await DeclinedStory.declined();
    expect([...(await story.reconsiders('db')).keys()]).toEqual(['db']);
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBeUndefined();
  });

  test('while it is declined as before is asked by the one after', async () => {
    const story = await DeclinedStory.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await story.reconsiders('db');
    await story.end(3, { db: 'declined', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test.each([
    ['app', 'No decline of app is remembered'],
    ['dns', 'What is left open has no unit dns'],
  ])('about a unit that nobody declined is told so: %s', async (unit, sentence) => {
    const story = await DeclinedStory.declined();
    await expect(story.reconsiders(unit)).rejects.toThrow(sentence);
    expect(story.remembered).toBeDefined();
  });
});
