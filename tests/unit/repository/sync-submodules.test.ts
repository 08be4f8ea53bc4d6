import { configSchema } from '../../../src/config/schema.ts';
import type { SyncRecord } from '../../../src/delivery/sync-record.ts';
import type { Outcome } from '../../../src/model.ts';
import { sync } from '../../../src/repository/sync.ts';
import { deliveryOf, endedSo, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { root } from '../../support/door.ts';
import { liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { caller, type WithSubmodule, withSubmodule } from '../../support/submodules.ts';

async function synced(
  { live, withToken }: WithSubmodule,
  range: { base: string; head: string },
  units: (UnitFacts & { outcome: Outcome })[],
  repositoryUrl = live.url,
): Promise<SyncRecord> {
  const bucket = new MemoryBucket();
  const facts = units.map(({ outcome: _, ...one }) => one);
  const delivery = await storeDelivery(bucket, deliveryOf(range.head, facts, { base: range.base }));
  await endedSo(bucket, delivery, Object.fromEntries(units.map(({ path, outcome }) => [path, outcome])));
  const config = configSchema.parse({ sync: 'commit', github: { submodules: true } });
  return withToken(() =>
    sync({ delivery: delivery.id }, { bucket, repositoryUrl, config, environment: {}, output: () => {} }),
  );
}

/** The submodules of the branch, each with its commit. */
async function submodulesOf({ live }: WithSubmodule): Promise<Record<string, string>> {
  const entries = (await live.git('ls-tree', '-r', 'main')).split('\n');
  const links = entries.flatMap((entry) => /^160000 commit (\w+)\t(.*)$/.exec(entry)?.slice(1) ?? []);
  return Object.fromEntries(links.flatMap((commit, index) => (index % 2 === 0 ? [[links[index + 1], commit]] : [])));
}

const file = ({ live }: WithSubmodule, path: string) => live.git('cat-file', 'blob', `main:${path}`).catch(() => null);

/** Units that call modules of the submodule, and a push that only moves that to another commit. */
async function moved(world: WithSubmodule, files: Parameters<WithSubmodule['publish']>[0]) {
  const before = await world.publish({ 'vpc/main.tf': '# 1', 'db/main.tf': '# 1' });
  const base = await world.live.commit({
    '.gitmodules': world.gitmodules,
    modules: { commit: before },
    'net/main.tf': caller('../modules/vpc'),
    'data/main.tf': caller('../modules/db'),
  });
  const after = await world.publish(files);
  return { before, after, range: { base, head: await world.live.commit({ modules: { commit: after } }) } };
}

describe('sync of units that read a submodule', () => {
  test('puts its commit back where nothing else reads what that changed', async () => {
    await using world = await withSubmodule();
    const { range, before } = await moved(world, { 'vpc/main.tf': '# 2' });

    const { units, left } = await synced(world, range, [{ path: 'net', base: range.base, outcome: 'declined' }]);

    expect({ units, left }).toEqual({ units: ['net'], left: [] });
    expect(await submodulesOf(world)).toEqual({ modules: before });
  });

  test('leaves its commit where an applied unit reads what that changed, too, and says why', async () => {
    await using world = await withSubmodule();
    const { range, after } = await moved(world, { 'vpc/main.tf': '# 2', 'db/main.tf': '# 2' });
    const { base } = range;

    const { commit, left } = await synced(world, range, [
      { path: 'net', base, outcome: 'declined' },
      { path: 'data', base, outcome: 'applied' },
    ]);

    expect(commit).toBeNull();
    expect(left).toEqual([{ path: 'net', reason: 'putting back modules would change data, too' }]);
    expect(await submodulesOf(world)).toEqual({ modules: after });
  });

  test('puts back the commit of the outer one for what is read in a submodule of a submodule', async () => {
    await using world = await withSubmodule();
    await using inner = await liveRepository();
    const [one, two] = [await inner.commit({ 'main.tf': '# 1' }), await inner.commit({ 'main.tf': '# 2' })];
    await world.server.add('private/inner', inner.url);
    const gitmodules = '[submodule "inner"]\n\tpath = inner\n\turl = ../inner.git\n';
    const before = await world.publish({ '.gitmodules': gitmodules, inner: { commit: one } });
    const base = await world.live.commit({
      '.gitmodules': world.gitmodules,
      modules: { commit: before },
      'net/main.tf': caller('../modules/inner'),
    });
    const head = await world.live.commit({ modules: { commit: await world.publish({ inner: { commit: two } }) } });

    const { units } = await synced(world, { base, head }, [{ path: 'net', base, outcome: 'declined' }]);

    expect(units).toEqual(['net']);
    expect(await submodulesOf(world)).toEqual({ modules: before });
  });

  test('takes a new submodule away with the change that brought it', async () => {
    await using world = await withSubmodule();
    const base = await world.live.commit({ 'net/main.tf': root(), 'README.md': '' });
    const commit = await world.publish({ 'vpc/main.tf': '# 1' });
    const head = await world.live.commit({
      '.gitmodules': world.gitmodules,
      modules: { commit },
      'net/main.tf': caller('../modules/vpc'),
    });

    const { units } = await synced(world, { base, head }, [{ path: 'net', base, outcome: 'declined' }]);

    expect(units).toEqual(['net']);
    expect(await submodulesOf(world)).toEqual({});
    expect(await file(world, '.gitmodules')).toBeNull();
    expect(await file(world, 'net/main.tf')).toBe(root());
  });

  test('brings a submodule back that the change took away, with where it comes from', async () => {
    await using world = await withSubmodule();
    const { before, range } = await moved(world, {});
    const head = await world.live.commit({ '.gitmodules': null, modules: null, 'net/main.tf': root(), data: null });

    const { units } = await synced(world, { base: range.base, head }, [
      { path: 'net', base: range.base, outcome: 'declined' },
      { path: 'data', base: range.base, deleted: true, outcome: 'declined' },
    ]);

    expect(units).toEqual(['data', 'net']);
    expect(await submodulesOf(world)).toEqual({ modules: before });
    expect(await file(world, '.gitmodules')).toBe(world.gitmodules);
  });

  test('leaves .gitmodules, where it names a submodule that stays, too, and says why', async () => {
    await using world = await withSubmodule();
    const base = await world.live.commit({ 'net/main.tf': root(), 'data/main.tf': root(), 'app/main.tf': root() });
    const commit = await world.publish({ 'vpc/main.tf': '# 1' });
    const head = await world.live.commit({
      '.gitmodules': `${world.gitmodules}${world.gitmodules.replace('shared modules', 'other').replace('= modules', '= other')}`,
      modules: { commit },
      other: { commit },
      'net/main.tf': caller('../modules/vpc'),
      'data/main.tf': caller('../other/vpc'),
      'app/main.tf': `${root()}# 2\n`,
    });

    const { units, left } = await synced(world, { base, head }, [
      { path: 'net', base, outcome: 'declined' },
      { path: 'data', base, outcome: 'applied' },
      { path: 'app', base, outcome: 'declined' },
    ]);

    expect(units).toEqual(['app']);
    expect(left).toEqual([
      {
        path: 'net',
        reason: 'putting back .gitmodules, modules, net/main.tf would not say where other comes from any more',
      },
    ]);
  });

  test('keeps .gitmodules where that says the same of the submodule', async () => {
    await using world = await withSubmodule();
    const { range, before } = await moved(world, { 'vpc/main.tf': '# 2' });
    const { base } = range;
    const both = `${world.gitmodules}[submodule "other"]\n\tpath = other\n\turl = ../other.git\n`;
    const head = await world.live.commit({ '.gitmodules': both });

    const { units } = await synced(world, { base, head }, [{ path: 'net', base, outcome: 'declined' }]);

    expect(units).toEqual(['net']);
    expect(await submodulesOf(world)).toEqual({ modules: before });
    expect(await file(world, '.gitmodules')).toBe(both);
  });

  test('takes a new unit away that lies in one', async () => {
    await using world = await withSubmodule();
    const { range, before } = await moved(world, { 'unit/main.tf': root() });

    const { units } = await synced(world, range, [{ path: 'modules/unit', outcome: 'declined' }]);

    expect(units).toEqual(['modules/unit']);
    expect(await submodulesOf(world)).toEqual({ modules: before });
  });

  test('finds one whose address is relative to that of the repository', async () => {
    await using world = await withSubmodule();
    const [before, after] = [
      await world.publish({ 'vpc/main.tf': '# 1' }),
      await world.publish({ 'vpc/main.tf': '# 2' }),
    ];
    const base = await world.live.commit({
      '.gitmodules': '[submodule "modules"]\n\tpath = modules\n\turl = ../../private/modules.git\n',
      modules: { commit: before },
      'net/main.tf': caller('../modules/vpc'),
    });
    const head = await world.live.commit({ modules: { commit: after } });
    const url = await world.server.add('live/live', world.live.url);

    const units = [{ path: 'net', base, outcome: 'declined' as const }];
    const { left, commit } = await synced(world, { base, head }, units, url);

    expect(left).toEqual([]);
    const there = await world.live.git('ls-remote', world.server.directory('live/live'), 'refs/heads/main');
    expect(there.split('\t')[0]).toBe(commit);
  });
});
