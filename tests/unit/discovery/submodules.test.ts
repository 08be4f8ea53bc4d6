import { join } from 'node:path';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { git } from '../../../src/repository/git.ts';
import { configWith } from '../../support/config.ts';
import { root } from '../../support/door.ts';
import { caller, type WithSubmodule, withSubmodule } from '../../support/submodules.ts';

const config = configWith();
const within = configWith({ github: { ...config.github, submodules: true } });

/** Two commits of a live repository, between which nothing but the submodule's commit changes. */
async function bumped(world: WithSubmodule, files: Parameters<WithSubmodule['publish']>[0]) {
  const before = await world.publish({ 'unit/main.tf': root(), 'env.hcl': 'locals {\n  one = 1\n}\n' });
  const base = await world.live.commit({
    '.gitmodules': world.gitmodules,
    modules: { commit: before },
    'vpc/main.tf': caller('../modules/vpc'),
    'db/main.tf': caller('../modules/db'),
    'alone/main.tf': root(),
    'grunt/terragrunt.hcl':
      'terraform {\n  source = "../modules//db"\n}\nlocals {\n  env = read_terragrunt_config("../modules/env.hcl")\n}\n',
  });
  const head = await world.live.commit({ modules: { commit: await world.publish(files) } });
  return { base, head };
}

describe('a new commit of a submodule', () => {
  test('touches the units that read a file that it changes, and those that lie in it', async () => {
    await using world = await withSubmodule();
    const range = await bumped(world, {
      'vpc/main.tf': '# two',
      'env.hcl': 'locals {\n  one = 2\n}\n',
      'unit/main.tf': root('# two'),
    });
    const { touched, unread } = await world.withToken(() =>
      discoverTouched(world.live.url, { ...range, config: within, cacheDirectory: null }),
    );
    expect(touched.map(({ path, reasons }) => [path, reasons])).toEqual([
      ['grunt', ['reads modules/env.hcl, which changed']],
      ['modules/unit', ['main.tf changed']],
      ['vpc', ['module modules/vpc (in the submodule modules) changed']],
    ]);
    expect(unread).toEqual([]);
  });

  test('that is all one module is called that', async () => {
    await using world = await withSubmodule();
    const before = await world.publish({ 'main.tf': '# one' });
    const files = { '.gitmodules': world.gitmodules, 'app/main.tf': caller('../modules') };
    const base = await world.live.commit({ ...files, modules: { commit: before } });
    const head = await world.live.commit({ modules: { commit: await world.publish({ 'main.tf': '# two' }) } });
    const { touched } = await world.withToken(() =>
      discoverTouched(world.live.url, { base, head, config: within, cacheDirectory: null }),
    );
    expect(touched).toMatchObject([{ path: 'app', reasons: ['module modules (a submodule) changed'] }]);
  });

  test('is an error where it cannot be fetched', async () => {
    await using world = await withSubmodule();
    const range = await bumped(world, { 'vpc/main.tf': '# two' });
    await expect(discoverTouched(world.live.url, { ...range, config: within, cacheDirectory: null })).rejects.toThrow(
      /the submodule modules is at .* can't be fetched/,
    );
  });

  test('touches nothing where submodules are left out, and somebody is told', async () => {
    await using world = await withSubmodule();
    const range = await bumped(world, { 'vpc/main.tf': '# two' });
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    expect(await discoverTouched(world.live.url, { ...range, config, warn, cacheDirectory: null })).toMatchObject({
      touched: [],
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^modules is a submodule, and nobody looks at its files.*Set github\.submodules to true/),
    ]);
  });
});

test('the files of a working tree are those of its submodules, too, once they are checked out', async () => {
  await using world = await withSubmodule();
  await bumped(world, { 'vpc/main.tf': '# two' });
  const clone = join(world.live.states, 'clone');
  await git(world.live.states, ['clone', '--quiet', world.live.url, clone]);
  const graph = () => discoverGraph(clone, { config: within, cacheDirectory: null });
  await expect(graph()).rejects.toThrow(
    /modules is a submodule that is not checked out .* run git submodule update --init --recursive/,
  );
  await world.withToken(() => git(clone, ['submodule', 'update', '--quiet', '--init']));
  expect((await graph()).map(({ path }) => path)).toEqual(['alone', 'db', 'grunt', 'modules/unit', 'vpc']);
});

test("the root of a unit's repository is its submodule's", async () => {
  await using world = await withSubmodule();
  const unit = 'include "root" {\n  path = "${get_repo_root()}/root.hcl"\n}\nterraform {\n  source = "../vpc"\n}\n';
  const commit = await world.publish({ 'unit/terragrunt.hcl': unit, 'root.hcl': '' });
  const head = await world.live.commit({ '.gitmodules': world.gitmodules, modules: { commit } });
  const graph = await world.withToken(() =>
    discoverGraph(world.live.url, { commit: head, config: within, cacheDirectory: null }),
  );
  expect(graph.map(({ path }) => path)).toContain('modules/unit');
});
