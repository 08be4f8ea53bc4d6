import { enqueue } from '../../../src/queue/enqueue.ts';
import { git } from '../../../src/repository/git.ts';
import { Door, paths, root, summary, twoUnits } from '../../support/door.ts';
import { collectGarbage, liveRepository } from '../../support/live-repository.ts';

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

  test('is refused when nobody can tell whether it is older than what was enqueued last', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit(twoUnits);
    const clone = `${live.states}/clone`;
    await git(live.states, ['clone', '--quiet', live.url, clone]);
    await git(clone, ['remote', 'set-url', 'origin', `${live.states}/nowhere`]);
    const newer = await live.commit({ 'a/main.tf': root('# two') });
    await door.push(newer, older);
    const late = { head: older, ref: 'refs/heads/main' };
    await expect(enqueue(clone, late, door)).rejects.toThrow(
      `origin can't be asked for main, so nobody knows whether ${older.slice(0, 12)} is older than what was enqueued last`,
    );
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
