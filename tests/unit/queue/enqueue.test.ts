import fc from 'fast-check';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { GitError } from '../../../src/errors.ts';
import { type ChangeSet, changeSetSchema } from '../../../src/model.ts';
import { type EnqueueContext, enqueue } from '../../../src/queue/enqueue.ts';
import { messageSchema } from '../../../src/queue/message.ts';
import { git } from '../../../src/repository/git.ts';
import { configWith } from '../../support/config.ts';
import { CutOff, cutOffAtEveryCall, type Process } from '../../support/cut-off.ts';
import { inAnyOrder } from '../../support/in-any-order.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';

const root = (text = '') => `terraform {\n  backend "local" {}\n}\n${text}`;
const twoUnits = { 'a/main.tf': root(), 'b/main.tf': root() };

class Door {
  readonly bucket = new MemoryBucket();
  readonly queue = new MemoryQueue();
  config = configWith();
  readonly now = () => new Date('2026-01-02T03:04:05Z');
  readonly live: LiveRepository;

  constructor(live: LiveRepository) {
    this.live = live;
  }

  enqueue(head: string, base?: string, context: Partial<EnqueueContext> = {}) {
    return enqueue(this.live.url, { head, base }, { ...this, ...context });
  }

  /** As the webhook and the hook do it. */
  push(head: string, base?: string) {
    return enqueue(this.live.url, { head, base, ref: 'refs/heads/main' }, this);
  }

  by(process: Process): Pick<EnqueueContext, 'bucket' | 'queue'> {
    return { bucket: process.using(this.bucket), queue: process.using(this.queue) };
  }

  /** The change sets that wait, in order. */
  get waiting(): ChangeSet[] {
    return this.queue.bodies.map((body) => {
      const message = messageSchema.parse(JSON.parse(body));
      return changeSetSchema.parse(JSON.parse(this.bucket.text(message.changeSet) ?? 'null'));
    });
  }
}

async function collectGarbage(live: LiveRepository): Promise<void> {
  await live.git('reflog', 'expire', '--expire=now', '--all');
  await live.git('gc', '--quiet', '--prune=now');
}

const paths = (changeSet: ChangeSet | undefined) => changeSet?.touched.map((unit) => unit.path);
const summary = ({ base, head, sequence }: ChangeSet) => ({ base, head, sequence });

describe('an enqueued commit', () => {
  test('lies in the bucket, with the whole graph, and its message in the queue points to it', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const head = await live.commit(twoUnits, 'make two units');
    expect(await door.enqueue('main')).toMatchObject({ enqueued: true, head, sequence: 1, touched: ['a', 'b'] });
    expect(JSON.parse(door.queue.bodies[0] ?? '')).toEqual({
      version: 1,
      repository: 'example-org/infrastructure-live',
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

  test('that does not parse is refused with file and line, and the next push makes it good', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    await door.enqueue(first);
    const broken = await live.commit({ 'a/main.tf': root('locals {\n  x = [1, 2\n}\n'), 'b/main.tf': root('# two') });
    await expect(door.enqueue(broken)).rejects.toThrow(/a\/main\.tf:6:1: expected/);
    expect(door.waiting.map(summary)).toEqual([{ base: null, head: first, sequence: 1 }]);

    const mended = await live.commit({ 'a/main.tf': root('locals {\n  x = [1, 2]\n}\n') });
    await door.enqueue(mended, broken);
    expect(door.waiting[1]).toMatchObject({ base: first, head: mended, sequence: 2 });
    expect(paths(door.waiting[1])).toEqual(['a', 'b']);
  });

  test('whose unit depends on one of a later stage is refused when it is pushed, not when it is delivered', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    door.config = configWith({ stages: ['first', 'second'] });
    const unit = 'terraform {\n  source = "../../module"\n}\n';
    const head = await live.commit({
      'first/a/terragrunt.hcl': `${unit}dependency "b" {\n  config_path = "../../second/b"\n}\n`,
      'second/b/terragrunt.hcl': unit,
      'module/main.tf': '',
    });
    await expect(door.enqueue(head)).rejects.toThrow(
      'first/a depends on second/b, which is delivered in a later stage',
    );
    expect(door.waiting).toEqual([]);
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

  test('that does not exist is an error that says what to do', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await live.commit(twoUnits);
    const attempt = door.enqueue('0123456789012345678901234567890123456789');
    await expect(attempt).rejects.toThrow(GitError);
    await expect(attempt).rejects.toThrow(
      /is no commit of the repository.*force push.*Enqueue the branch's present head/,
    );
    await expect(door.enqueue('--upload-pack=x')).rejects.toThrow(GitError);
  });
});

describe('after a force push', () => {
  test('the new head is compared with the commit that was enqueued, although it is no ancestor', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    const second = await live.commit({ 'a/main.tf': root('# two') });
    await door.enqueue(second);
    await live.git('update-ref', 'refs/heads/main', first);
    const head = await live.commit({ 'b/main.tf': root('# three') });
    await door.enqueue(head, first);
    expect(door.waiting[1]).toMatchObject({ base: second, head });
    expect(paths(door.waiting[1])).toEqual(['a', 'b']); // a goes back to what it was
  });

  test('a branch that is set back to an older commit is enqueued at it, although the newer one covered it', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit(twoUnits);
    const newer = await live.commit({ 'a/main.tf': root('# two') });
    await door.enqueue(newer);
    await door.enqueue(older, newer);
    expect(door.waiting[1]).toMatchObject({ base: newer, head: older, sequence: 2 });
    expect(paths(door.waiting[1])).toEqual(['a']);
  });

  test('everything is planned when the commit that was enqueued is gone: nobody knows what it had changed', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    const gone = await live.commit({ 'a/main.tf': root('# two') });
    await door.enqueue(gone);
    await live.git('update-ref', 'refs/heads/main', first);
    const head = await live.commit({ 'b/main.tf': root('# three') });
    await collectGarbage(live);
    await door.enqueue(head, first);
    expect(door.waiting[1]).toMatchObject({ base: null, head, sequence: 2 });
    expect(paths(door.waiting[1])).toEqual(['a', 'b']);
  });

  test('units that it deletes are noticed although the commit that had them is gone, and somebody is told', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit({ 'a/main.tf': root() });
    await door.enqueue(await live.commit({ 'b/main.tf': root(), 'c/main.tf': root() }));
    await live.git('update-ref', 'refs/heads/main', first);
    const head = await live.commit({ 'c/main.tf': root('# three') });
    await collectGarbage(live);
    const warnings: string[] = [];
    await door.enqueue(head, first, { warn: (message) => warnings.push(message) });
    expect(door.waiting[1]?.touched.map(({ path, change }) => [path, change])).toEqual([
      ['a', 'added'],
      ['b', 'deleted'],
      ['c', 'added'],
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/is gone.*destroyed with the code of the commit that applied them/),
    ]);
  });

  test('a branch that goes back to the commit before a failed build is compared with what was enqueued', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit(twoUnits);
    const newer = await live.commit({ 'a/main.tf': root('# two') });
    await door.push(newer, older);
    const failed = await live.commit({ 'a/main.tf': root('locals {') });
    await expect(door.push(failed, newer)).rejects.toThrow('a/main.tf');
    await live.git('update-ref', 'refs/heads/main', older);
    await door.push(older, failed);
    expect(door.waiting.map(summary)[1]).toEqual({ base: newer, head: older, sequence: 2 });
  });

  test('a late build of a commit that is no longer on the branch enqueues nothing', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    await door.push(first);
    const replaced = await live.commit({ 'a/main.tf': root('# two') });
    await live.git('update-ref', 'refs/heads/main', first);
    const head = await live.commit({ 'b/main.tf': root('# three') });
    await door.push(head, replaced);
    expect(await door.push(replaced, first)).toMatchObject({
      enqueued: false,
      message: expect.stringContaining('is no longer on main'),
    });
    expect(door.waiting.map(({ head }) => head)).toEqual([first, head]);
  });
});

describe('a push', () => {
  test('whose build finishes behind that of a newer one is covered, although its clone never saw that one', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit(twoUnits);
    const clone = `${live.states}/clone`;
    await git(live.states, ['clone', '--quiet', live.url, clone]);
    const newer = await live.commit({ 'a/main.tf': root('# two') });
    await door.push(newer, older);
    const late = { head: older, ref: 'refs/heads/main' };
    expect(await enqueue(clone, late, door)).toMatchObject({
      enqueued: false,
      message: expect.stringContaining(`is older than ${newer.slice(0, 12)}`),
    });
    expect(door.waiting.map(({ head }) => head)).toEqual([newer]);
  });

  test('of a branch that was deleted and made again at an older commit is enqueued', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit(twoUnits);
    const newer = await live.commit({ 'a/main.tf': root('# two') });
    await door.push(newer);
    await live.git('update-ref', '-d', 'refs/heads/main');
    await live.git('update-ref', 'refs/heads/main', older);
    await door.push(older, '0'.repeat(40));
    expect(door.waiting.map(summary)[1]).toEqual({ base: newer, head: older, sequence: 2 });
  });

  test('of the same commit, an hour later, adds nothing', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const head = await live.commit(twoUnits);
    await door.push(head);
    door.queue.timePasses();
    expect(await door.push(head)).toMatchObject({ enqueued: false, sequence: 1 });
    expect(door.queue.bodies).toHaveLength(1);
  });

  test('to another branch, or of a tag, is not delivered', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const head = await live.commit(twoUnits);
    for (const ref of ['refs/heads/feature', 'refs/tags/main']) {
      expect(await enqueue(live.url, { head, ref }, door)).toMatchObject({
        enqueued: false,
        message: expect.stringContaining(`${ref} is not delivered`),
      });
    }
    expect(door.queue.bodies).toEqual([]);
    expect(door.bucket.objects.size).toBe(0);
  });
});

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
