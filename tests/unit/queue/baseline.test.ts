import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { startingPointer } from '../../../src/delivery/pointer.ts';
import { baseline } from '../../../src/queue/baseline.ts';
import { enqueue } from '../../../src/queue/enqueue.ts';
import { configWith } from '../../support/config.ts';
import { liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';

const root = (text = '') => `terraform {\n  backend "local" {}\n}\n${text}`;
const config = configWith();
const now = () => new Date('2026-01-02T03:04:05Z');

describe('a baseline', () => {
  test('records every unit as applied at a commit, and the next change set starts there', async () => {
    await using live = await liveRepository();
    const [bucket, queue] = [new MemoryBucket(), new MemoryQueue()];
    const head = await live.commit({ 'a/main.tf': root(), 'b/main.tf': root() });
    expect(await baseline(live.url, 'main', { bucket, config })).toEqual({ head, units: ['a', 'b'] });
    expect(JSON.parse(bucket.text(bucketKeys.applied) ?? '').units).toMatchObject({
      a: { commit: head, half: null, reads: [] },
      b: { commit: head, half: null, reads: [] },
    });
    expect(queue.bodies).toEqual([]);
    const next = await live.commit({ 'b/main.tf': root('# two') });
    expect(await enqueue(live.url, { head: next }, { bucket, queue, config, now })).toMatchObject({
      sequence: 1,
      touched: ['b'],
    });
  });

  test('keeps how long units took', async () => {
    await using live = await liveRepository();
    const bucket = new MemoryBucket();
    await live.commit({ 'a/main.tf': root() });
    const durations = { plan: 10, apply: 60 };
    const applied = { a: { commit: null, fingerprint: null, half: null, durations } };
    await bucket.write(bucketKeys.applied, JSON.stringify({ version: 1, units: applied }));
    await baseline(live.url, 'main', { bucket, config });
    expect(JSON.parse(bucket.text(bucketKeys.applied) ?? '').units).toMatchObject({ a: { durations } });
  });

  test('is refused while a delivery runs or is halted', async () => {
    await using live = await liveRepository();
    const bucket = new MemoryBucket();
    await live.commit({ 'a/main.tf': root() });
    const halted = { delivery: '0123456789ab-1', reason: 'half applied: a', since: '2026-01-02T03:04:05Z' };
    await bucket.write(bucketKeys.pointer, JSON.stringify({ ...startingPointer, halted }));
    await expect(baseline(live.url, 'main', { bucket, config })).rejects.toThrow('0123456789ab-1 is under way');
    expect(bucket.text(bucketKeys.applied)).toBeUndefined();
  });

  test('is refused when a commit is enqueued while the units are read, and records nothing', async () => {
    await using live = await liveRepository();
    const bucket = new MemoryBucket();
    const head = await live.commit({ 'a/main.tf': root() });
    const read = bucket.read.bind(bucket);
    let looks = 0;
    bucket.read = async (key) => {
      if (key !== bucketKeys.enqueued || ++looks !== 2) return read(key);
      const last = { version: 1, base: null, head, sequence: 1, changeSet: bucketKeys.changeSet(1), sent: true };
      await bucket.write(key, JSON.stringify(last));
      return read(key);
    };
    await expect(baseline(live.url, 'main', { bucket, config })).rejects.toThrow('A commit was enqueued meanwhile');
    expect(bucket.text(bucketKeys.applied)).toBeUndefined();
    expect(JSON.parse(bucket.text(bucketKeys.enqueued) ?? '')).toMatchObject({ sequence: 1, sent: true });
  });
});
