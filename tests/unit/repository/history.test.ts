import { join } from 'node:path';
import { git } from '../../../src/repository/git.ts';
import { fetchCommit, findCommit, leadsTo, lookForCommit, mergeBase, tipOf } from '../../../src/repository/history.ts';
import { collectGarbage, type LiveRepository, liveRepository } from '../../support/live-repository.ts';

/** A clone as a build has it: over a transport that can cut the history off. */
async function clone(live: LiveRepository, name: string, ...options: string[]): Promise<string> {
  const directory = join(live.states, name);
  await git(live.states, ['clone', '--quiet', ...options, `file://${live.url}`, directory]);
  return directory;
}

const count = async (directory: string, revision: string) =>
  Number(await git(directory, ['rev-list', '--count', revision]));

describe('in a clone with the newest commit only', () => {
  test('any commit is found: by its id alone, by counting back with as much of the history as it takes', async () => {
    await using live = await liveRepository();
    const ids = await live.commits(300);
    const shallow = await clone(live, 'shallow', '--depth=1');
    expect(await findCommit(shallow, ids[150] ?? '')).toBe(ids[150]);
    expect(await count(shallow, 'HEAD')).toBe(1);
    expect(await findCommit(shallow, 'HEAD~60')).toBe(ids[239]);
    expect(await count(shallow, 'HEAD')).toBe(65);
    expect(await findCommit(shallow, 'HEAD~299')).toBe(ids[0]);
    await expect(findCommit(shallow, 'HEAD~300')).rejects.toThrow('HEAD~300 is no commit of the repository in');
  });

  test('a commit is found through the history where the server gives none by its id', async () => {
    await using live = await liveRepository();
    const ids = await live.commits(100);
    const shallow = await clone(live, 'shallow', '--depth=1');
    await git(shallow, ['config', 'protocol.version', '0']);
    expect(await fetchCommit(shallow, ids[10] ?? '')).toBe(false);
    expect(await findCommit(shallow, ids[10] ?? '')).toBe(ids[10]);
  });

  test('it is known which commit leads to which', async () => {
    await using live = await liveRepository();
    const ids = await live.commits(200);
    const [first = '', older = '', newer = ''] = [ids[0], ids[100], ids[199]];
    await live.git('update-ref', 'refs/heads/main', older);
    const [beside = ''] = await live.commits(1);
    await live.git('update-ref', 'refs/heads/main', newer);
    const shallow = await clone(live, 'shallow', '--depth=1');
    expect(await leadsTo(shallow, older, newer)).toBe(true);
    expect(await leadsTo(shallow, beside, newer)).toBe(false);
    expect(await fetchCommit(shallow, beside)).toBe(true);
    expect(await leadsTo(shallow, beside, newer)).toBe(false);
    expect(await leadsTo(shallow, older, beside)).toBe(true);
    expect(await leadsTo(shallow, first, beside)).toBe(true);
  });

  test('the commit is found at which two branches went apart', async () => {
    await using live = await liveRepository();
    const ids = await live.commits(150);
    await live.git('update-ref', 'refs/heads/main', ids[20] ?? '');
    const feature = (await live.commits(30)).at(-1) ?? '';
    await live.git('update-ref', 'refs/heads/feature', feature);
    await live.git('update-ref', 'refs/heads/main', ids[149] ?? '');
    const shallow = await clone(live, 'shallow', '--depth=1', '--branch=feature');
    const tip = await tipOf(shallow, 'main');
    expect(tip).toBe(ids[149]);
    expect(await mergeBase(shallow, tip ?? '', feature)).toBe(ids[20]);
  });

  test('a commit that a force push removed is still found while the server has it, and is gone with it', async () => {
    await using live = await liveRepository();
    const ids = await live.commits(3);
    await live.git('update-ref', 'refs/heads/main', ids[0] ?? '');
    const one = await clone(live, 'one', '--depth=1');
    expect(await lookForCommit(one, ids[2] ?? '')).toBe(ids[2]);
    await collectGarbage(live);
    const other = await clone(live, 'other', '--depth=1');
    expect(await lookForCommit(other, ids[2] ?? '')).toBeUndefined();
  });

  test('an origin that does not answer is no origin without the commit, and it is said what to do', async () => {
    await using live = await liveRepository();
    const ids = await live.commits(3);
    const shallow = await clone(live, 'shallow', '--depth=1');
    await git(shallow, ['remote', 'set-url', 'origin', `file://${live.states}/nowhere`]);
    await expect(lookForCommit(shallow, ids[0] ?? '')).rejects.toThrow('does not appear to be a git repository');
    await expect(leadsTo(shallow, ids[0] ?? '', ids[2] ?? '')).rejects.toThrow(
      /the clone in .* is shallow, and origin can't be asked .* Run git fetch --unshallow there/s,
    );
    await expect(tipOf(shallow, 'main')).rejects.toThrow('does not appear to be a git repository');
  });
});

test('a whole clone stays whole when it gets a commit that it lacks', async () => {
  await using live = await liveRepository();
  await live.commits(3);
  const whole = await clone(live, 'whole');
  const newer = (await live.commits(2)).at(-1) ?? '';
  expect(await findCommit(whole, newer)).toBe(newer);
  expect(await count(whole, newer)).toBe(5);
  expect((await git(whole, ['rev-parse', '--is-shallow-repository'])).trim()).toBe('false');
});

test('a branch that is gone has no tip', async () => {
  await using live = await liveRepository();
  await live.commits(1);
  const whole = await clone(live, 'whole');
  expect(await tipOf(whole, 'gone')).toBeUndefined();
  expect(await tipOf(live.url, 'gone')).toBeUndefined();
});
