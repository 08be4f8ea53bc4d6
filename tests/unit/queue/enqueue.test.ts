import { jest } from '@jest/globals';
import fc from 'fast-check';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { status } from '../../../src/delivery/status.ts';
import { GitError } from '../../../src/errors.ts';
import { configWith } from '../../support/config.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';
import { Door, paths, root, summary, twoUnits } from '../../support/door.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

describe('an enqueued commit', () => {
  test('lies in the bucket, with the whole graph, and its message in the queue points to it', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const head = await live.commit(twoUnits, 'make two units');
    expect(await door.enqueue('main')).toMatchObject({ enqueued: true, head, sequence: 1, touched: ['a', 'b'] });
    expect(JSON.parse(door.queue.bodies[0] ?? '')).toEqual({
      version: 1,
      repository: 'owner/name',
      branch: 'main',
      base: null,
      head,
      sequence: 1,
      changeSet: 'change-sets/0000000001.json',
    });
    expect(door.waiting).toMatchObject([
      {
        base: null,
        head,
        author: 'Example',
        enqueuedAt: '2026-01-02T03:04:05.000Z',
        subject: 'make two units',
        touched: [
          { path: 'a', change: 'added' },
          { path: 'b', change: 'added' },
        ],
        graph: [{ path: 'a' }, { path: 'b' }],
      },
    ]);
  });

  test('tells who wrote it: the authors of every commit since the last one, and whom these name beside them', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await door.enqueue(await live.commit(twoUnits));
    await live.commit({ 'a/main.tf': root('# two') }, 'two\n\nCo-authored-by: Bob <Bob@example.org>');
    const head = await live.commit({ 'b/main.tf': root('# three') }, 'three by <nobody@example.org>');
    await door.enqueue(head);
    expect(door.waiting.map(({ authorEmails }) => authorEmails)).toEqual([
      ['example@example.org'],
      ['bob@example.org', 'example@example.org'],
    ]);
  });

  test('tells which of its units a commit of the pipeline put back, and nobody has changed since', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await door.enqueue(await live.commit(twoUnits));
    const putBack = { 'a/main.tf': root('# put back'), 'b/main.tf': root('# put back') };
    await live.commit(putBack, 'live-ci: put back 2 units\n\n- a: declined\n\nLive-CI-Delivery: 0123456789ab-1');
    await live.commit({ 'b/main.tf': root('# three') }, 'three\n\nLive-CI-Delivery: ../../pipeline');
    await door.enqueue('main');
    expect(door.waiting.map(({ putBacks }) => putBacks)).toEqual([
      undefined,
      [{ delivery: '0123456789ab-1', units: ['a'] }],
    ]);
  });

  test('starts at the last commit that was enqueued, not at what the webhook says came before', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    await door.enqueue(first);
    const missed = await live.commit({ 'a/main.tf': root('# two') });
    const head = await live.commit({ 'b/main.tf': root('# three') });
    await door.enqueue(head, missed);
    expect(door.waiting[1]).toMatchObject({ base: first, head, sequence: 2 });
    expect(paths(door.waiting[1])).toEqual(['a', 'b']);
  });

  test('starts at what the webhook says when nothing was ever enqueued', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const before = await live.commit(twoUnits);
    await door.enqueue(await live.commit({ 'b/main.tf': root('# two') }), before);
    expect(paths(door.waiting[0])).toEqual(['b']);
  });

  test('with a unit that does not parse is enqueued with file and line, and keeps nothing else back', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await door.enqueue(await live.commit(twoUnits));
    const broken = await live.commit({ 'a/main.tf': root('locals {\n  x = [1, 2\n}\n'), 'b/main.tf': root('# two') });
    await door.enqueue(broken);
    expect(door.waiting[1]?.touched.map(({ path, error }) => [path, error])).toEqual([
      ['a', expect.stringMatching(/a\/main\.tf:6:1: expected/)],
      ['b', undefined],
    ]);
    expect(door.warnings).toEqual([
      expect.stringMatching(
        /^a can't be understood, so it fails, and what depends on it is cancelled: a\/main\.tf:6:1/,
      ),
    ]);
  });

  test('that can not be looked at is told of, until a later one is enqueued', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await door.enqueue(await live.commit(twoUnits));
    const head = await live.commit({ 'b/main.tf': root('# two') });
    const slow = jest.spyOn(door.bucket, 'read').mockImplementation(async (key) => {
      if (key.startsWith('change-sets/')) throw new Error('it is too slow');
      return MemoryBucket.prototype.read.call(door.bucket, key);
    });
    await expect(door.enqueue(head)).rejects.toThrow('it is too slow');
    slow.mockRestore();
    const seen = async () => (await status(door.bucket)).refused;
    expect(await seen()).toEqual({ head, reason: 'it is too slow', at: door.now().toISOString() });
    await door.enqueue(head);
    expect(await seen()).toBeNull();
    expect(paths(door.waiting[1])).toEqual(['b']);
  });

  test('whose unit depends on one of a later stage is told of when it is pushed', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    door.config = configWith({ stages: ['first', 'second'] });
    const unit = 'terraform {\n  source = "../../module"\n}\n';
    const head = await live.commit({
      'first/a/terragrunt.hcl': `${unit}dependency "b" {\n  config_path = "../../second/b"\n}\n`,
      'second/b/terragrunt.hcl': unit,
      'module/main.tf': '',
    });
    await door.enqueue(head);
    expect(door.warnings).toEqual([
      expect.stringContaining('first/a depends on second/b, which is delivered in a later stage'),
    ]);
  });

  test('is enqueued once, however often it is told', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const head = await live.commit(twoUnits);
    await door.enqueue(head);
    door.queue.timePasses();
    expect(await door.enqueue(head)).toMatchObject({
      enqueued: false,
      message: `${head.slice(0, 12)} is enqueued already, as number 1.`,
    });
    expect(door.waiting).toHaveLength(1);
  });

  test('that comes late is covered by the newer one', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit({ 'a/main.tf': root() });
    const newer = await live.commit({ 'b/main.tf': root() });
    await door.enqueue(newer);
    expect(await door.enqueue(older)).toMatchObject({
      enqueued: false,
      message: expect.stringContaining(`is older than ${newer.slice(0, 12)}`),
    });
    expect(door.waiting.map(summary)).toEqual([{ base: null, head: newer, sequence: 1 }]);
    expect(paths(door.waiting[0])).toEqual(['a', 'b']);
  });

  test('whose event was lost is enqueued by a look at the branch, once, and that is told', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    await door.push(first);
    const lost = await live.commit({ 'b/main.tf': root('# two') });
    expect(await door.look()).toMatchObject({ enqueued: true, head: lost, touched: ['b'] });
    expect(door.warnings).toEqual([expect.stringContaining(`${lost} was pushed and not enqueued`)]);
    for (const again of [door.look(), door.push(lost, first)])
      expect(await again).toMatchObject({ enqueued: false, message: expect.stringContaining('enqueued already') });
    expect(door.waiting.map(summary)).toEqual([
      { base: null, head: first, sequence: 1 },
      { base: first, head: lost, sequence: 2 },
    ]);
    expect(door.warnings).toHaveLength(1);
  });

  test('is not enqueued by a look before the first push: what is there may be applied already', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await live.commit(twoUnits);
    expect(await door.look()).toMatchObject({ enqueued: false, message: expect.stringContaining('live-ci baseline') });
    expect(door.queue.bodies).toEqual([]);
  });

  test('that does not exist is an error that says what to do', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await live.commit(twoUnits);
    const attempt = door.enqueue('0123456789012345678901234567890123456789');
    await expect(attempt).rejects.toThrow(GitError);
    await expect(attempt).rejects.toThrow(/is no commit of the repository.*force push.*take the branch's present head/);
    await expect(door.enqueue('--upload-pack=x')).rejects.toThrow(GitError);
  });
});

describe('wherever an enqueue is cut off', () => {
  test('running it again leaves each push in the queue, in order', async () => {
    await using live = await liveRepository();
    const first = await live.commit(twoUnits);
    const second = await live.commit({ 'a/main.tf': root('# two') });
    await cutOffAtEveryCall(async (process) => {
      const door = new Door(live);
      for (const head of [first, second]) {
        await door.enqueue(head, undefined, door.by(process)).catch((error) => {
          if (!(error instanceof CutOff)) throw error;
          return door.enqueue(head);
        });
      }
      expect(door.waiting.map(summary)).toEqual([
        { base: null, head: first, sequence: 1 },
        { base: first, head: second, sequence: 2 },
      ]);
    });
  });

  test('the next push takes up what was left, in order', async () => {
    await using live = await liveRepository();
    const first = await live.commit(twoUnits);
    const second = await live.commit({ 'a/main.tf': root('# two') });
    await cutOffAtEveryCall(async (process) => {
      const door = new Door(live);
      await door.enqueue(first, undefined, door.by(process)).catch(() => {});
      door.queue.timePasses();
      await door.enqueue(second);
      const sequences = door.waiting.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...sequences].sort());
      expect(new Set(door.waiting.flatMap(({ touched }) => touched.map((unit) => unit.path)))).toEqual(
        new Set(['a', 'b']),
      );
      expect(door.waiting.at(-1)).toMatchObject({ head: second });
      const taken = door.waiting.find(({ head }) => head === first);
      expect(door.waiting.at(-1)?.base).toBe(taken ? first : null);
    });
  });
});

test('two enqueues at the same moment leave an unbroken way to the newest commit, however they interleave', async () => {
  await using live = await liveRepository();
  const first = await live.commit(twoUnits);
  const second = await live.commit({ 'a/main.tf': root('# two') });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const door = new Door(live);
      const context = { bucket: inAnyOrder(scheduler, door.bucket), queue: inAnyOrder(scheduler, door.queue) };
      await scheduler.waitFor(
        Promise.all([door.enqueue(first, undefined, context), door.enqueue(second, undefined, context)]),
      );
      const ways = [
        [{ base: null, head: second, sequence: 1 }],
        [
          { base: null, head: first, sequence: 1 },
          { base: first, head: second, sequence: 2 },
        ],
      ];
      expect(ways).toContainEqual(door.waiting.map(summary));
      expect(JSON.parse(door.bucket.text(bucketKeys.enqueued) ?? '')).toMatchObject({ head: second, sent: true });
    }),
    { numRuns: process.env.CI === 'true' ? 60 : 15 },
  );
});
