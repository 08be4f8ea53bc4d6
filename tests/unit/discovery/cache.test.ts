import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCache } from '../../../src/discovery/cache/repository-cache.ts';
import { UnitCache } from '../../../src/discovery/cache/unit-cache.ts';
import { openUnits } from '../../../src/discovery/cache/unit-file.ts';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTree } from '../../support/discover-tree.ts';
import { memoryTree, reading, type TreeFiles } from '../../support/memory-tree.ts';
import { configWith, newRepository } from './repository.ts';

const unit = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const files = {
  'root.hcl': 'locals {\n  team = "a"\n}\n',
  'vpc/terragrunt.hcl': `${unit}include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n`,
  'dns/terragrunt.hcl': unit,
  'app/terragrunt.hcl': `${unit}dependency "vpc" {\n  config_path = get_env("NETWORK", "") == "dns" ? "../dns" : "../vpc"\n}\n`,
} satisfies TreeFiles;

/** Which files are read when the second tree is discovered after the first. */
async function readAgain(
  second: TreeFiles,
  first: TreeFiles = files,
  environments: [NodeJS.ProcessEnv, NodeJS.ProcessEnv] = [{}, {}],
): Promise<string[]> {
  const cache = new UnitCache();
  const read: string[] = [];
  await discoverTree(memoryTree(first), cache, { environment: environments[0] });
  const found = await discoverTree(reading(memoryTree(second), read), cache, { environment: environments[1] });
  expect(found).toEqual(await discoverTree(memoryTree(second), undefined, { environment: environments[1] }));
  return [...new Set(read)].sort();
}

describe('a unit that was evaluated before', () => {
  test('is not read again when nothing that it looked at has changed', async () => {
    expect(await readAgain(files)).toEqual([]);
  });

  test('is read again, alone, when its file changes', async () => {
    expect(await readAgain({ ...files, 'dns/terragrunt.hcl': `${unit}# changed\n` })).toEqual(['dns/terragrunt.hcl']);
  });

  test('is read again when a file that it includes changes', async () => {
    const changed = { ...files, 'root.hcl': 'locals {}\n' };
    expect(await readAgain(changed)).toEqual(['root.hcl', 'vpc/terragrunt.hcl']);
  });

  test('is read again when a nearer file takes the place of the one that it includes', async () => {
    const nearer = { 'a/root.hcl': '', 'a/vpc/terragrunt.hcl': files['vpc/terragrunt.hcl'] };
    const farther = { 'root.hcl': '', 'a/vpc/terragrunt.hcl': files['vpc/terragrunt.hcl'] };
    expect(await readAgain({ ...nearer, ...farther }, farther)).toEqual(['a/root.hcl', 'a/vpc/terragrunt.hcl']);
  });

  test('is read again when a file is added to its directory', async () => {
    expect(await readAgain({ ...files, 'dns/policy.json': '{}' })).toEqual(['dns/terragrunt.hcl']);
  });

  test('is read again when a link leads elsewhere', async () => {
    const linked = (link: string) => ({
      ...files,
      'app/terragrunt.hcl': `${unit}dependency "net" {\n  config_path = "../net"\n}\n`,
      net: { link },
    });
    expect(await readAgain(linked('dns'), linked('vpc'))).toEqual(['app/terragrunt.hcl']);
  });

  test('is read again when a variable of the environment that it uses changes, and only then', async () => {
    expect(await readAgain(files, files, [{}, { NETWORK: 'dns' }])).toEqual(['app/terragrunt.hcl']);
    expect(await readAgain(files, files, [{ OTHER: 'a' }, { OTHER: 'b' }])).toEqual([]);
  });

  test('is read again when a file that it reads through another configuration changes', async () => {
    const chain = {
      'a.hcl': 'locals {\n  b = read_terragrunt_config("b.hcl")\n}\n',
      'b.hcl': 'inputs = {\n  names = file("names.txt")\n}\n',
      'names.txt': 'one\n',
      'x/terragrunt.hcl': `${unit}locals {\n  a = read_terragrunt_config("../a.hcl")\n}\n`,
      'y/terragrunt.hcl': `${unit}locals {\n  a = read_terragrunt_config("../a.hcl")\n}\n`,
    };
    expect(await readAgain({ ...chain, 'names.txt': 'two\n' }, chain)).toEqual([
      'a.hcl',
      'b.hcl',
      'names.txt',
      'x/terragrunt.hcl',
      'y/terragrunt.hcl',
    ]);
  });

  test('is read again when the repository that it lies in becomes a submodule', async () => {
    const inside = {
      'net/vpc/terragrunt.hcl': unit,
      'net/app/terragrunt.hcl': `${unit}dependencies {\n  paths = ["\${get_repo_root()}/vpc"]\n}\n`,
    };
    const cache = new UnitCache();
    const without = await discoverTree(memoryTree(inside), cache);
    expect(without.get('net/app')?.problem).toBeDefined();
    const found = await discoverTree({ ...memoryTree(inside), submodules: new Set(['net']) }, cache);
    expect(found.get('net/app')?.unit.dependencies).toEqual(['net/vpc']);
  });

  test('of Terraform is not read again when nothing that it looked at has changed, and neither are modules', async () => {
    const roots = {
      'roots/a/main.tf': 'terraform {\n  backend "s3" {}\n}\nmodule "m" {\n  source = "../../modules/m"\n}\n',
      'roots/b/main.tf': 'terraform {\n  backend "s3" {}\n}\n',
      'modules/m/main.tf': 'variable "name" {}\n',
      'roots/b/terraform.tfvars': 'name = "b"\n',
    };
    expect(await readAgain(roots, roots)).toEqual([]);
    expect(await readAgain({ ...roots, 'roots/b/main.tf': 'provider "aws" {}\n' }, roots)).toEqual(['roots/b/main.tf']);
    expect(await readAgain({ ...roots, 'modules/m/main.tf': '' }, roots)).toEqual([
      'modules/m/main.tf',
      'roots/a/main.tf',
    ]);
  });

  test('is found again when a change is taken back', async () => {
    const cache = new UnitCache();
    const read: string[] = [];
    const changed = { ...files, 'root.hcl': 'locals {}\n' };
    for (const tree of [files, changed]) await discoverTree(memoryTree(tree), cache);
    await discoverTree(reading(memoryTree(files), read), cache);
    expect(read).toEqual([]);
  });
});

describe('the cache on disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'live-ci-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const place = () => mkdtempSync(join(directory, 'cache-'));
  const fileIn = (folder: string) => join(folder, readdirSync(folder)[0] ?? '');

  test('gives what was put in, in another process', async () => {
    const folder = place();
    const read: string[] = [];
    const all = {
      ...files,
      'broken/terragrunt.hcl': 'locals {',
      'pattern/terragrunt.hcl': `${unit}inputs = {\n  name = values.name\n}\n`,
      'excluded/terragrunt.hcl': `${unit}skip = true\n`,
      'running/terragrunt.hcl': `${unit}dependency "a" {\n  config_path = run_cmd("a")\n}\n`,
      'called/terragrunt.hcl': 'terraform {\n  source = "../module"\n}\n',
      'module/main.tf': 'output "a" {\n  value = 1\n}\n',
    };
    const first = openUnits(openCache(folder, '/live').units);
    const fresh = await discoverTree(memoryTree(all), first.cache);
    first.save();
    const again = openUnits(openCache(folder, '/live').units);
    expect(await discoverTree(reading(memoryTree(all), read), again.cache)).toEqual(fresh);
    expect(read).toEqual([]);
    expect(again.cache.changed).toBe(false);
  });

  test('belongs to one repository', async () => {
    const folder = place();
    const first = openUnits(openCache(folder, '/live').units);
    await discoverTree(memoryTree(files), first.cache);
    first.save();
    expect(openUnits(openCache(folder, '/other').units).cache.stored().units).toEqual([]);
  });

  test.each(['', '{"strings":[', '{}'])('is made anew when its file holds %j', async (content) => {
    const folder = place();
    const first = openUnits(openCache(folder, '/live').units);
    await discoverTree(memoryTree(files), first.cache);
    first.save();
    writeFileSync(fileIn(folder), content);
    const again = openUnits(openCache(folder, '/live').units);
    expect(await discoverTree(memoryTree(files), again.cache)).toEqual(await discoverTree(memoryTree(files)));
    again.save();
    expect(openUnits(openCache(folder, '/live').units).cache.stored().units).toHaveLength(2 * 3);
  });

  test('holds no value of the environment and no content of a file', async () => {
    const folder = place();
    const secret = 'hunter2';
    const file = openUnits(openCache(folder, '/live').units);
    const tree = memoryTree({ ...files, 'app/notes.txt': secret });
    await discoverTree(tree, file.cache, { environment: { NETWORK: secret } });
    file.save();
    expect(readFileSync(fileIn(folder), 'utf8')).not.toContain(secret);
  });

  test('forgets observations that no unit stands on any more', async () => {
    const folder = place();
    const file = openUnits(openCache(folder, '/live').units);
    for (let round = 0; round < 20; round++)
      await discoverTree(memoryTree({ ...files, 'root.hcl': `# ${round}\n` }), file.cache);
    file.save();
    const { observations, texts } = openUnits(openCache(folder, '/live').units).cache.stored();
    const contents = observations.filter(
      (_, at) => at % 3 === 0 && observations[at] === 0 && texts[observations[at + 1] as number] === 'root.hcl',
    );
    expect(contents).toHaveLength(4);
  });
});

describe('the last answer', () => {
  const folders: string[] = [];
  const place = () => {
    const folder = mkdtempSync(join(tmpdir(), 'live-ci-cache-'));
    folders.push(folder);
    return folder;
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const grounds = (environment: NodeJS.ProcessEnv = {}) => ({
    trees: [memoryTree(files)],
    config: configWith(),
    environment,
    given: null,
    warn: undefined,
  });
  const last = (folder: string) => openCache(folder, '/live').lastAnswer<number>('graph');

  test('is given again without computing anything', async () => {
    const folder = place();
    await last(folder).answer(grounds(), async () => 1);
    expect(await last(folder).answer(grounds(), async () => 2)).toBe(1);
  });

  test('is not kept when something was run for it', async () => {
    const folder = place();
    await last(folder).answer(grounds(), async ({ ran }) => {
      ran();
      return 1;
    });
    expect(await last(folder).answer(grounds(), async () => 2)).toBe(2);
  });

  test('holds digests of the variables that were asked for, and of no others', async () => {
    const folder = place();
    const environment = { NETWORK: 'hunter2', OTHER: 'hunter3' };
    await last(folder).answer(grounds(environment), async (watched) => watched.environment.NETWORK?.length ?? 0);
    const kept = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
    expect(kept).toContain('NETWORK');
    expect(kept).not.toMatch(/OTHER|hunter/);
    expect(await last(folder).answer(grounds({ NETWORK: 'hunter2' }), async () => 2)).toBe(7);
    expect(await last(folder).answer(grounds({ NETWORK: 'other' }), async () => 2)).toBe(2);
  });

  test('is another one when a file is changed, deleted or new and nothing is committed', async () => {
    const folder = place();
    using repository = newRepository({ 'a/terragrunt.hcl': unit, 'b/terragrunt.hcl': unit });
    const paths = async () =>
      (await discoverGraph(repository.directory, { config: configWith(), cacheDirectory: folder })).map(
        ({ path, dependencies }) => [path, ...dependencies].join(' '),
      );
    expect(await paths()).toEqual(['a', 'b']);
    repository.write({ 'a/terragrunt.hcl': `${unit}dependencies {\n  paths = ["../b"]\n}\n` });
    expect(await paths()).toEqual(['a b', 'b']);
    repository.write({ 'a/terragrunt.hcl': `${unit}# changed again\n` });
    expect(await paths()).toEqual(['a', 'b']);
    repository.write({ 'a/terragrunt.hcl': unit, 'c/terragrunt.hcl': unit });
    expect(await paths()).toEqual(['a', 'b', 'c']);
    repository.write({ 'b/terragrunt.hcl': null });
    expect(await paths()).toEqual(['a', 'c']);
  });
});
