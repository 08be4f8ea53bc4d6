import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkouts, checkoutsBeside, checkoutsOf } from '../../../src/repository/checkout.ts';
import { git } from '../../../src/repository/git.ts';
import { submoduleAddress } from '../../../src/repository/submodules.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { withSubmodule } from '../../support/submodules.ts';

const within = { submodules: true };

async function shallowClone(live: LiveRepository): Promise<string> {
  const directory = join(live.states, 'existing');
  await git(live.states, ['clone', '--quiet', '--depth=1', `file://${live.url}`, directory]);
  return directory;
}

const kinds: [string, (live: LiveRepository) => Promise<Checkouts>][] = [
  ['of a repository on this machine', async (live) => checkoutsOf(live.url, within)],
  ['of a repository elsewhere', async (live) => checkoutsOf(`file://${live.url}`, within)],
  ['beside an existing checkout', async (live) => checkoutsBeside(await shallowClone(live), within)],
];

describe.each(kinds)('checkouts %s', (_, checkoutsIn) => {
  test('have the files of a private submodule, each at the commit that theirs names', async () => {
    await using world = await withSubmodule();
    const { live, gitmodules } = world;
    const [one, two] = [await world.publish({ 'vpc/main.tf': '# 1' }), await world.publish({ 'vpc/main.tf': '# 2' })];
    const first = await live.commit({ '.gitmodules': gitmodules, modules: { commit: one } });
    const second = await live.commit({ modules: { commit: two } });
    const checkouts = await checkoutsIn(live);
    await world.withToken(async () => {
      await using older = await checkouts.at(first);
      await using newer = await checkouts.at(second);
      expect(await readFile(join(older.directory, 'modules/vpc/main.tf'), 'utf8')).toBe('# 1');
      expect(await readFile(join(newer.directory, 'modules/vpc/main.tf'), 'utf8')).toBe('# 2');
      const root = await git(join(newer.directory, 'modules/vpc'), ['rev-parse', '--show-toplevel']);
      expect(root.trim()).toBe(join(newer.directory, 'modules'));
    });
  });

  test('say which submodule is refused, and what to do', async () => {
    await using world = await withSubmodule();
    const commit = await world.publish({ 'vpc/main.tf': '# 1' });
    const head = await world.live.commit({ '.gitmodules': world.gitmodules, modules: { commit } });
    const checkouts = await checkoutsIn(world.live);
    await expect(checkouts.at(head)).rejects.toThrow(
      /the submodule modules is at \w{12}, which can't be fetched from http:.*give a token that reads it/,
    );
  });

  test('have none of them unless it is asked for', async () => {
    await using world = await withSubmodule();
    const head = await world.live.commit({ '.gitmodules': world.gitmodules, modules: { commit: 'a'.repeat(40) } });
    await using checkout = await checkoutsOf(world.live.url).at(head);
    expect(existsSync(join(checkout.directory, 'modules', 'vpc'))).toBe(false);
  });
});

test('a submodule that the clone has already is taken from there, without the network', async () => {
  await using world = await withSubmodule();
  const commit = await world.publish({ 'vpc/main.tf': '# 1' });
  const head = await world.live.commit({ '.gitmodules': world.gitmodules, modules: { commit } });
  const existing = await shallowClone(world.live);
  await world.withToken(() => git(existing, ['submodule', 'update', '--quiet', '--init']));
  await using checkout = await checkoutsBeside(existing, within).at(head);
  expect(await readFile(join(checkout.directory, 'modules/vpc/main.tf'), 'utf8')).toBe('# 1');
});

test('submodules of submodules are found by relative addresses', async () => {
  await using world = await withSubmodule();
  await using inner = await liveRepository();
  const deepest = await inner.commit({ 'main.tf': '# deepest' });
  await world.server.add('private/inner', inner.url);
  const commit = await world.publish({
    '.gitmodules': '[submodule "inner"]\n\tpath = lib/inner\n\turl = ../inner.git\n',
    'lib/inner': { commit: deepest },
  });
  const head = await world.live.commit({ '.gitmodules': world.gitmodules, modules: { commit } });
  await world.withToken(async () => {
    await using checkout = await checkoutsOf(world.live.url, within).at(head);
    expect(await readFile(join(checkout.directory, 'modules/lib/inner/main.tf'), 'utf8')).toBe('# deepest');
  });
});

test.each(['/etc', 'file:///etc', 'ext::sh -c "echo"', '--upload-pack=touch'])(
  'a submodule may not be %s',
  async (url) => {
    await using live = await liveRepository();
    const gitmodules = `[submodule "x"]\n\tpath = x\n\turl = ${JSON.stringify(url)}\n`;
    const head = await live.commit({ '.gitmodules': gitmodules, x: { commit: 'a'.repeat(40) } });
    await expect(checkoutsOf(live.url, within).at(head)).rejects.toThrow(/the submodule x .* can't be fetched/);
  },
);

test('a submodule that .gitmodules does not name is an error', async () => {
  await using live = await liveRepository();
  const head = await live.commit({ x: { commit: 'a'.repeat(40) } });
  await expect(checkoutsOf(live.url, within).at(head)).rejects.toThrow('x is a submodule of');
});

test.each([
  ['../modules.git', 'https://github.com/example-org/live.git', 'https://github.com/example-org/modules.git'],
  ['./inner.git', 'https://github.com/example-org/live.git', 'https://github.com/example-org/live.git/inner.git'],
  ['../../other/x.git', 'https://github.com/example-org/live.git/', 'https://github.com/other/x.git'],
  ['../modules.git', 'git@github.com:example-org/live.git', 'git@github.com:example-org/modules.git'],
  ['../../other/x.git', 'git@github.com:example-org/live.git', 'git@github.com:other/x.git'],
  ['https://example.org/x.git', 'git@github.com:example-org/live.git', 'https://example.org/x.git'],
])('the address %s in %s is %s, as git has it', async (url, from, address) => {
  expect(submoduleAddress(url, from)).toBe(address);
  await using live = await liveRepository();
  await live.commit({ '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ${url}\n`, x: { commit: 'a'.repeat(40) } });
  const clone = await shallowClone(live);
  await git(clone, ['remote', 'set-url', 'origin', from]);
  await git(clone, ['submodule', '--quiet', 'init']);
  expect((await git(clone, ['config', 'submodule.x.url'])).trim()).toBe(address);
});
