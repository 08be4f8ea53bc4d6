// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { configSchema } from '../../../src/config/schema.ts';
import type { Outcome } from '../../../src/model.ts';
import { sync } from '../../../src/repository/sync.ts';
import { deliveryOf, endedSo, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const backend = (name: string) => `terraform {\n  backend "local" { path = "/states/${name}.tfstate" }\n}\n`;
const caller = (name: string, more = '') => `${backend(name)}module "m" {\n  source = "../modules/thing"\n${more}}\n`;
const reader = (name: string, of: string) =>
  `${backend(name)}data "terraform_remote_state" "x" {\n  backend = "local"\n  config = { path = "/states/${of}.tfstate" }\n}\n`;
const module = 'resource "terraform_data" "x" {}\n';
const sized = `variable "size" { type = number }\n${module}`;

async function synced(live: LiveRepository, head: string, units: (UnitFacts & { outcome: Outcome })[], base: string) {
  const bucket = new MemoryBucket();
  const facts = units.map(({ outcome: _, ...one }) => one);
  const delivery = await storeDelivery(bucket, deliveryOf(head, facts, { base }));
  await endedSo(bucket, delivery, Object.fromEntries(units.map(({ path, outcome }) => [path, outcome])));
  return brought(live, bucket, delivery.id);
}

function brought(live: LiveRepository, bucket: MemoryBucket, delivery: string) {
  return sync(
    { delivery },
    {
      bucket,
      repositoryUrl: live.url,
      config: configSchema.parse({ sync: 'commit' }),
      environment: {},
      output: () => {},
    },
  );
}

const file = (live: LiveRepository, path: string) => live.git('cat-file', 'blob', `main:${path}`).catch(() => null);

describe('sync of files that units share', () => {
  test('puts a module back whose change was declined by everything that calls it', async () => {
    await using live = await liveRepository();
    const base = await live.commit({
      'a/main.tf': caller('a'),
      'b/main.tf': caller('b'),
      'modules/thing/main.tf': module,
    });
    const head = await live.commit({ 'modules/thing/main.tf': sized });

    const { units } = await synced(
      live,
      head,
      ['a', 'b'].map((path) => ({ path, base, outcome: 'declined' as const })),
      base,
    );

    expect(units).toEqual(['a', 'b']);
    expect(await file(live, 'modules/thing/main.tf')).toBe(module);
  });

  test.each(['a', '.'])('puts back all that lies below the unit %s, and nothing of another one there', async (path) => {
    await using live = await liveRepository();
    const at = (name: string) => (path === '.' ? name : `${path}/${name}`);
    const code = (unit: string, version: number) => ({
      [at('main.tf')]: `${backend('a')}# ${unit}\n`,
      [at('notes.md')]: `# ${unit}\n`,
      [at('deep/b/main.tf')]: `${backend('b')}# ${version}\n`,
      [at('deep/b/example/main.tf')]: `# ${version}\n`,
    });
    const base = await live.commit(code('one', 1));
    const head = await live.commit({ ...code('two', 2), [at('more.md')]: '' });

    const { units } = await synced(
      live,
      head,
      [
        { path, base, outcome: 'declined' },
        { path: at('deep/b'), base, outcome: 'applied' },
      ],
      base,
    );

    expect(units).toEqual([path]);
    for (const [name, content] of Object.entries(code('one', 2)))
      expect([name, await file(live, name)]).toEqual([name, content]);
    expect(await file(live, at('more.md'))).toBeNull();
  });

  test('brings back, where a deletion is declined, also what lay below the unit and nobody read', async () => {
    await using live = await liveRepository();
    const code = { 'a/main.tf': backend('a'), 'a/example/main.tf': '# 1\n' };
    const base = await live.commit({ ...code, 'README.md': '' });
    const head = await live.commit({ a: null });

    await synced(live, head, [{ path: 'a', base, deleted: true, outcome: 'declined' }], base);

    for (const [name, content] of Object.entries(code)) expect(await file(live, name)).toBe(content);
  });

  test('says nothing of a unit that is open, but in git what is applied of it', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': backend('a'), 'b/main.tf': backend('b') });
    const head = await live.commit({ 'b/main.tf': `${backend('b')}${module}` });
    const units = [
      { path: 'a', base, outcome: 'declined' as const },
      { path: 'b', base, outcome: 'declined' as const },
    ];

    const { units: back, left } = await synced(live, head, units, base);

    expect({ back, left }).toEqual({ back: ['b'], left: [] });
  });

  test('commits nothing where the module serves an applied unit, too, and says why', async () => {
    await using live = await liveRepository();
    const base = await live.commit({
      'a/main.tf': caller('a'),
      'b/main.tf': caller('b'),
      'modules/thing/main.tf': module,
    });
    const changed = {
      'a/main.tf': caller('a', 'size = 1\n'),
      'b/main.tf': caller('b', 'size = 2\n'),
      'modules/thing/main.tf': sized,
    };
    const head = await live.commit(changed);

    const { commit, left } = await synced(
      live,
      head,
      [
        { path: 'a', base, outcome: 'applied' },
        { path: 'b', base, outcome: 'declined' },
      ],
      base,
    );

    expect(commit).toBeNull();
    expect(left).toEqual([{ path: 'b', reason: 'putting back b/main.tf, modules/thing/main.tf would change a, too' }]);
    expect(await file(live, 'b/main.tf')).toBe(changed['b/main.tf']);
  });

  test('puts back what can be, beside a group that can not', async () => {
    await using live = await liveRepository();
    const base = await live.commit({
      'a/main.tf': caller('a'),
      'b/main.tf': caller('b'),
      'c/main.tf': backend('c'),
      'modules/thing/main.tf': module,
    });
    const head = await live.commit({ 'modules/thing/main.tf': sized, 'c/main.tf': `${backend('c')}# 2\n` });

    const { units, left } = await synced(
      live,
      head,
      [
        { path: 'a', base, outcome: 'applied' },
        { path: 'b', base, outcome: 'declined' },
        { path: 'c', base, outcome: 'declined' },
      ],
      base,
    );

    expect(units).toEqual(['c']);
    expect(left.map(({ path }) => path)).toEqual(['b']);
    expect(await file(live, 'c/main.tf')).toBe(backend('c'));
    expect(await file(live, 'modules/thing/main.tf')).toBe(sized);
    expect(await live.git('log', '-1', '--format=%B', 'main')).toContain(
      '- b: putting back modules/thing/main.tf would change a, too',
    );
  });

  test('brings a unit whose deletion was declined back with the module that only it called', async () => {
    await using live = await liveRepository();
    const code = { 'a/main.tf': caller('a'), 'modules/thing/main.tf': module };
    const base = await live.commit(code);
    const head = await live.commit({ a: null, modules: null, 'README.md': '' });

    await synced(live, head, [{ path: 'a', base, deleted: true, outcome: 'declined' }], base);

    expect((await live.git('ls-tree', '-r', '--name-only', 'main')).trim().split('\n')).toEqual([
      'README.md',
      'a/main.tf',
      'modules/thing/main.tf',
    ]);
  });

  test('puts back an included configuration, and a file that a link leads to', async () => {
    await using live = await liveRepository();
    const unit =
      'terraform {\n  source = "git::https://example.org/m.git"\n}\nlocals {\n  env = read_terragrunt_config("../env.hcl")\n}\n';
    const before = {
      'env.hcl': 'locals {\n  size = 1\n}\n',
      'a/terragrunt.hcl': unit,
      'shared/common.tf': '# 1\n',
      'b/main.tf': backend('b'),
    };
    const base = await live.commit({ ...before, 'b/common.tf': { link: '../shared/common.tf' } });
    const head = await live.commit({ 'env.hcl': 'locals {\n  size = 2\n}\n', 'shared/common.tf': '# 2\n' });

    const { units } = await synced(
      live,
      head,
      [
        { path: 'a', base, outcome: 'declined', tool: 'terragrunt' },
        { path: 'b', base, outcome: 'declined' },
      ],
      base,
    );

    expect(units).toEqual(['a', 'b']);
    expect(await file(live, 'env.hcl')).toBe(before['env.hcl']);
    expect(await file(live, 'shared/common.tf')).toBe('# 1\n');
    expect((await live.git('ls-tree', 'main', 'b/common.tf')).slice(0, 6)).toBe('120000');
  });

  test('does not take away a new unit that an applied one reads', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'b/main.tf': backend('b'), 'c/main.tf': backend('c') });
    const head = await live.commit({
      'a/main.tf': backend('a'),
      'b/main.tf': reader('b', 'a'),
      'c/main.tf': `${backend('c')}# 2\n`,
    });

    const { units, left } = await synced(
      live,
      head,
      [
        { path: 'a', outcome: 'declined' },
        { path: 'b', base, outcome: 'applied' },
        { path: 'c', base, outcome: 'declined' },
      ],
      base,
    );

    expect(units).toEqual(['c']);
    expect(left).toEqual([{ path: 'a', reason: 'putting back a/main.tf would change b, too' }]);
  });

  test.each([
    ['brings back', { 'modules/thing/more.tf': '# 1\n' }, { 'modules/thing/more.tf': null }],
    ['takes away', {}, { 'modules/thing/more.tf': '# 2\n' }],
  ])('leaves only what %s a file of a module that an applied unit calls, too', async (_, before, after) => {
    await using live = await liveRepository();
    const base = await live.commit({
      'a/main.tf': caller('a'),
      'b/main.tf': caller('b'),
      'c/main.tf': backend('c'),
      'modules/thing/main.tf': module,
      ...before,
    });
    const head = await live.commit({ 'c/main.tf': `${backend('c')}# 2\n`, ...after });

    const { units, left } = await synced(
      live,
      head,
      [
        { path: 'a', base, outcome: 'applied' },
        { path: 'b', base, outcome: 'declined' },
        { path: 'c', base, outcome: 'declined' },
      ],
      base,
    );

    expect(units).toEqual(['c']);
    expect(left).toEqual([{ path: 'b', reason: 'putting back modules/thing/more.tf would change a, too' }]);
  });

  test('puts a unit back without another one whose older module it would get else', async () => {
    await using live = await liveRepository();
    const first = await live.commit({
      'a/main.tf': caller('a'),
      'b/main.tf': caller('b'),
      'modules/thing/main.tf': module,
    });
    const base = await live.commit({ 'modules/thing/main.tf': sized, 'b/main.tf': caller('b', 'size = 2\n') });
    const head = await live.commit({ 'a/main.tf': caller('a', 'size = 3\n'), 'b/main.tf': caller('b', 'size = 3\n') });

    const { units, left } = await synced(
      live,
      head,
      [
        { path: 'a', base, outcome: 'declined' },
        { path: 'b', base: first, outcome: 'declined' },
      ],
      base,
    );

    expect(units).toEqual(['a']);
    expect(left).toEqual([{ path: 'b', reason: 'putting back b/main.tf, modules/thing/main.tf would change a, too' }]);
  });

  test('takes a new unit away, but no module below it that an applied one calls', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'b/main.tf': backend('b') });
    const calls = `${backend('b')}module "m" {\n  source = "../a/thing"\n}\n`;
    const head = await live.commit({ 'a/main.tf': backend('a'), 'a/thing/main.tf': module, 'b/main.tf': calls });

    const { units } = await synced(
      live,
      head,
      [
        { path: 'a', outcome: 'declined' },
        { path: 'b', base, outcome: 'applied' },
      ],
      base,
    );

    expect(units).toEqual(['a']);
    expect([await file(live, 'a/main.tf'), await file(live, 'a/thing/main.tf')]).toEqual([null, module]);
  });

  test('puts no unit back that would read, in a circle, what has come to read it', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': reader('a', 'b'), 'b/main.tf': backend('b') });
    const head = await live.commit({ 'a/main.tf': backend('a'), 'b/main.tf': reader('b', 'a') });

    const { commit, left } = await synced(
      live,
      head,
      [
        { path: 'b', base, outcome: 'applied' },
        { path: 'a', base, outcome: 'declined' },
      ],
      base,
    );

    expect(commit).toBeNull();
    expect(left.map(({ path }) => path)).toEqual(['a']);
  });

  test('takes a new unit away together with what was changed to read it', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'b/main.tf': backend('b') });
    const head = await live.commit({ 'a/main.tf': backend('a'), 'b/main.tf': reader('b', 'a') });

    const { units } = await synced(
      live,
      head,
      [
        { path: 'a', outcome: 'declined' },
        { path: 'b', base, outcome: 'cancelled', after: ['a'] },
      ],
      base,
    );

    expect(units).toEqual(['a', 'b']);
    expect(await file(live, 'a/main.tf')).toBeNull();
    expect(await file(live, 'b/main.tf')).toBe(backend('b'));
  });

  test('puts a unit back that reads another one only where that is still there', async () => {
    await using live = await liveRepository();
    const base = await live.commit({
      'a/main.tf': backend('a'),
      'b/main.tf': reader('b', 'a'),
      'c/main.tf': backend('c'),
    });
    const head = await live.commit({ a: null, 'b/main.tf': backend('b'), 'c/main.tf': `${backend('c')}# 2\n` });

    const { units, left } = await synced(
      live,
      head,
      [
        { path: 'b', base, outcome: 'declined' },
        { path: 'a', base, deleted: true, outcome: 'applied' },
        { path: 'c', base, outcome: 'declined' },
      ],
      base,
    );

    expect(units).toEqual(['c']);
    expect(left).toEqual([{ path: 'b', reason: 'putting back b/main.tf would not make it what is applied' }]);
  });

  describe('when a directory has moved, and that is declined,', () => {
    /** @param applied the commit at which the older directory is recorded */
    async function moved(live: LiveRepository, head: string, base: string, applied = base) {
      const bucket = new MemoryBucket();
      const before = await storeDelivery(bucket, deliveryOf(applied, [{ path: 'old' }, { path: 'other' }]));
      await endedSo(bucket, before, { old: 'applied', other: 'applied' });
      const unit = { path: 'new', movedFrom: 'old' };
      const delivery = await storeDelivery(bucket, deliveryOf(head, [unit], { base, sequence: 2 }));
      await endedSo(bucket, delivery, { new: 'declined' });
      return brought(live, bucket, delivery.id);
    }

    test('puts it back to where it was, with the state that stays', async () => {
      await using live = await liveRepository();
      const base = await live.commit({ 'old/main.tf': backend('a'), 'README.md': '' });
      const head = await live.commit({ old: null, 'new/main.tf': backend('a') });

      const { units } = await moved(live, head, base);

      expect(units).toEqual(['new', 'old']);
      expect(await file(live, 'new/main.tf')).toBeNull();
      expect(await file(live, 'old/main.tf')).toBe(backend('a'));
    });

    test('leaves it where it is when only one of its places could be put back', async () => {
      await using live = await liveRepository();
      const unit = { 'other/main.tf': caller('other'), 'modules/thing/main.tf': module };
      const base = await live.commit({ 'old/main.tf': caller('a'), ...unit });
      const head = await live.commit({
        old: null,
        'new/main.tf': caller('a'),
        'modules/thing/main.tf': `${module}# 2\n`,
      });

      const { commit, left } = await moved(live, head, base);

      expect(commit).toBeNull();
      const reason = 'putting back modules/thing/main.tf, new/main.tf, old/main.tf would change other, too';
      expect(left).toEqual(['new', 'old'].map((path) => ({ path, reason })));
    });

    test('leaves it where it is when what is applied has no such unit', async () => {
      await using live = await liveRepository();
      const applied = await live.commit({ 'README.md': '' });
      const base = await live.commit({ 'old/main.tf': backend('a') });
      const head = await live.commit({ old: null, 'new/main.tf': backend('a') });

      const { commit, left } = await moved(live, head, base, applied);

      expect(commit).toBeNull();
      expect(left).toEqual([
        { path: 'new', reason: "it can't be put back without old" },
        { path: 'old', reason: `${applied.slice(0, 12)}, which is applied, has no such unit` },
      ]);
    });
  });
});
