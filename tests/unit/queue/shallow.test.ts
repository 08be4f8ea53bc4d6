import { join } from 'node:path';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { enqueue } from '../../../src/queue/enqueue.ts';
import { git } from '../../../src/repository/git.ts';
import { configWith } from '../../support/config.ts';
import { Door, paths, root, summary, twoUnits } from '../../support/door.ts';
import { collectGarbage, type LiveRepository, liveRepository } from '../../support/live-repository.ts';

const depths = [1, 7];

/** What a build of `commit` has: a clone that knows the branch as it was then, cut off after `depth` commits. */
async function buildOf(live: LiveRepository, commit: string, depth: number): Promise<string> {
  const directory = join(live.states, `${commit}-${depth}`);
  await git(live.states, ['init', '--quiet', directory]);
  await git(directory, ['remote', 'add', 'origin', `file://${live.url}`]);
  await git(directory, ['fetch', '--quiet', '--no-tags', `--depth=${depth}`, 'origin', commit]);
  await git(directory, ['checkout', '--quiet', commit]);
  return directory;
}

async function pushFrom(door: Door, head: string, depth: number) {
  const clone = await buildOf(door.live, head, depth);
  return { clone, result: await enqueue(clone, { head, ref: 'refs/heads/main' }, door) };
}

describe.each(depths)('a build with a clone of depth %i', (depth) => {
  test('enqueues what has changed since the last enqueued commit, however many commits ago that was', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await live.commits(100);
    const first = await live.commit(twoUnits);
    await pushFrom(door, first, depth);
    await live.commit({ 'a/main.tf': root('# two') });
    await live.commits(200);
    const head = await live.commit({ 'c/main.tf': root() });
    await pushFrom(door, head, depth);
    expect(door.waiting[1]).toMatchObject({ base: first, head });
    expect(paths(door.waiting[1])).toEqual(['a', 'c']);
  });

  test('fetches a step of a long history, not all of it', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    await live.commits(500);
    await pushFrom(door, await live.commit(twoUnits), depth);
    const { clone, result } = await pushFrom(door, await live.commit({ 'a/main.tf': root('# two') }), depth);
    expect(result).toMatchObject({ enqueued: true, touched: ['a'] });
    expect(Number(await git(clone, ['rev-list', '--count', 'HEAD']))).toBeLessThanOrEqual(depth + 64);
  });

  test('knows that its commit is covered by a newer one, and that it was replaced', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const older = await live.commit(twoUnits);
    await live.commits(100);
    const newer = await live.commit({ 'a/main.tf': root('# two') });
    await pushFrom(door, newer, depth);
    expect((await pushFrom(door, older, depth)).result.message).toContain(`is older than ${newer.slice(0, 12)}`);
    const replaced = await live.commit({ 'b/main.tf': root('# three') });
    await live.git('update-ref', 'refs/heads/main', newer);
    expect((await pushFrom(door, replaced, depth)).result.message).toContain('is no longer on main');
    expect(door.waiting.map(summary)).toEqual([{ base: null, head: newer, sequence: 1 }]);
  });

  test('compares with an enqueued commit that a force push has removed while GitHub has it, else plans everything', async () => {
    await using live = await liveRepository();
    const door = new Door(live);
    const first = await live.commit(twoUnits);
    const replaced = await live.commit({ 'a/main.tf': root('# two') });
    await pushFrom(door, replaced, depth);
    await live.git('update-ref', 'refs/heads/main', first);
    const head = await live.commit({ 'b/main.tf': root('# three') });
    await pushFrom(door, head, depth);
    expect(door.waiting[1]).toMatchObject({ base: replaced, head });
    expect(paths(door.waiting[1])).toEqual(['a', 'b']);

    await live.git('update-ref', 'refs/heads/main', first);
    const again = await live.commit({ 'b/main.tf': root('# four') });
    await collectGarbage(live);
    await pushFrom(door, again, depth);
    expect(door.waiting[2]).toMatchObject({ base: null, head: again });
  });
});

test('what a commit touches can be asked in a shallow clone', async () => {
  await using live = await liveRepository();
  const base = await live.commit(twoUnits);
  await live.commits(80);
  const head = await live.commit({ 'b/main.tf': root('# two') });
  const clone = await buildOf(live, head, 1);
  for (const revision of [base, 'HEAD~81'])
    expect(
      await discoverTouched(clone, { base: revision, head: 'HEAD', config: configWith(), cacheDirectory: null }),
    ).toMatchObject({ base, head, touched: [{ path: 'b' }] });
});
