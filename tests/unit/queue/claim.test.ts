import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { Door, root, summary, twoUnits } from '../../support/door.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';

describe('a number', () => {
  async function claimed(live: LiveRepository): Promise<{ door: Door; first: string }> {
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    await door.enqueue(first);
    return { door, first };
  }

  test('that was taken by a build which died then is brought forward, with its message', async () => {
    await using live = await liveRepository();
    const { door, first } = await claimed(live);
    await door.bucket.remove(bucketKeys.enqueued);
    door.queue.expire();
    const second = await live.commit({ 'a/main.tf': root('# two') });
    await door.enqueue(second);
    expect(door.waiting.map(summary)).toEqual([
      { base: null, head: first, sequence: 1 },
      { base: first, head: second, sequence: 2 },
    ]);
  });

  test('is never used again, even when pipeline/enqueued.json and older change sets are gone', async () => {
    await using live = await liveRepository();
    const { door } = await claimed(live);
    const second = await live.commit({ 'a/main.tf': root('# two') });
    await door.enqueue(second);
    await door.bucket.remove(bucketKeys.enqueued);
    await door.bucket.remove(bucketKeys.changeSet(1));
    door.queue.expire();
    const third = await live.commit({ 'b/main.tf': root('# three') });
    await door.enqueue(third);
    expect(door.waiting.map(summary)).toEqual([
      { base: door.waiting[0]?.base, head: second, sequence: 2 },
      { base: second, head: third, sequence: 3 },
    ]);
  });
});
