import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkouts, checkoutsBeside, checkoutsOf } from '../../../src/repository/checkout.ts';
import { git } from '../../../src/repository/git.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';

async function shallowCheckout(live: LiveRepository): Promise<string> {
  const directory = join(live.states, 'existing');
  await git(live.states, ['clone', '--quiet', '--depth=1', `file://${live.url}`, directory]);
  return directory;
}

const kinds: [string, (live: LiveRepository) => Promise<Checkouts>][] = [
  ['of a repository on this machine', async (live) => checkoutsOf(live.url)],
  ['beside an existing checkout', async (live) => checkoutsBeside(await shallowCheckout(live))],
];

describe.each(kinds)('checkouts %s', (_, checkoutsIn) => {
  test('have the files of their commit, and are gone afterwards', async () => {
    await using live = await liveRepository();
    const first = await live.commit({ 'a/main.tf': 'one' });
    const second = await live.commit({ 'a/main.tf': 'two' });
    const checkouts = await checkoutsIn(live);
    const left: string[] = [];
    {
      await using older = await checkouts.at(first);
      await using newer = await checkouts.at(second);
      left.push(older.directory, newer.directory);
      expect(await readFile(join(older.directory, 'a/main.tf'), 'utf8')).toBe('one');
      expect(await readFile(join(newer.directory, 'a/main.tf'), 'utf8')).toBe('two');
    }
    expect(left.map((directory) => existsSync(directory))).toEqual([false, false]);
  });

  test('of one name lie at the same path, one after the other, and elsewhere at the same time', async () => {
    await using live = await liveRepository();
    const commit = await live.commit({ 'a/main.tf': 'one' });
    const checkouts = await checkoutsIn(live);
    const name = `${live.url} a`;
    const first = await checkouts.at(commit, name);
    const beside = await checkouts.at(commit, name);
    await first[Symbol.asyncDispose]();
    await beside[Symbol.asyncDispose]();
    await using again = await checkouts.at(commit, name);
    expect(beside.directory).not.toBe(first.directory);
    expect(again.directory).toBe(first.directory);
  });

  test('of a commit that was pushed away say so', async () => {
    await using live = await liveRepository();
    await live.commit({ 'a/main.tf': 'one' });
    const checkouts = await checkoutsIn(live);
    await expect(checkouts.at('e'.repeat(40))).rejects.toThrow(/commit e{40} no longer exists .* force push/);
  });
});
