import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTouched, refuseProblems } from '../../../src/discovery/touched.ts';
import { type Changes, configWith, newRepository, type TestRepository } from './repository.ts';

const config = configWith();
const unit = (module: string, more = '') => `terraform {\n  source = "../modules/${module}"\n}\n${more}`;
const files: Changes = {
  'env.hcl': 'locals {\n  name = "prod"\n}\n',
  'modules/vpc/main.tf': 'module "subnet" {\n  source = "../subnet"\n}\n',
  'modules/subnet/main.tf': 'locals {\n  policy = file("${path.module}/../../policies/a.json")\n}\n',
  'modules/app/main.tf': '',
  'policies/a.json': '{}',
  'vpc/terragrunt.hcl': unit('vpc'),
  'app/terragrunt.hcl': unit(
    'app',
    'locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\ndependency "vpc" {\n  config_path = "../vpc"\n}\n',
  ),
};

async function reasonsAfter(changes: Changes, repository: TestRepository = newRepository(files)) {
  using _ = repository;
  const base = repository.git('rev-parse', 'HEAD');
  const head = repository.commit(changes);
  const { touched, unread } = await discoverTouched(repository.directory, { base, head, config });
  return { touched: Object.fromEntries(touched.map((one) => [one.path, [one.change, ...one.reasons]])), unread };
}

describe('a commit touches', () => {
  test('a unit whose own file changed', async () => {
    const { touched } = await reasonsAfter({ 'vpc/extra.tf': '# new\n' });
    expect(touched).toEqual({ vpc: ['modified', 'extra.tf added'] });
  });

  test('a unit that reads a changed configuration', async () => {
    const { touched } = await reasonsAfter({ 'env.hcl': 'locals {\n  name = "dev"\n}\n' });
    expect(touched).toEqual({ app: ['modified', 'reads env.hcl, which changed'] });
  });

  test('a unit whose module changed, and one whose module calls it', async () => {
    const { touched } = await reasonsAfter({ 'modules/subnet/main.tf': '', 'modules/app/main.tf': '# changed\n' });
    expect(touched).toEqual({
      app: ['modified', 'module modules/app changed'],
      vpc: ['modified', 'module modules/subnet changed'],
    });
  });

  test('a unit whose module reads a changed file elsewhere', async () => {
    const { touched } = await reasonsAfter({ 'policies/a.json': '{"a": 1}' });
    expect(touched.vpc?.[0]).toBe('modified');
  });

  test('a new unit and a deleted one, so a renamed unit twice', async () => {
    const { touched } = await reasonsAfter({
      'vpc/terragrunt.hcl': null,
      'network/terragrunt.hcl': unit('vpc'),
      'app/terragrunt.hcl': unit('app', 'dependency "vpc" {\n  config_path = "../network"\n}\n'),
    });
    expect(touched).toEqual({
      app: ['modified', 'terragrunt.hcl changed'],
      network: ['added', 'new unit'],
      vpc: ['deleted', 'deleted'],
    });
  });

  test('a unit whose variables or lock file changed', async () => {
    const { touched } = await reasonsAfter({
      'vpc/.terraform.lock.hcl': '# locked\n',
      'app/prod.tfvars': 'a = 1\n',
      'root/terraform.tfvars': 'a = 2\n',
      'root/main.tf': 'provider "aws" {}\n',
    });
    expect(touched).toEqual({
      app: ['modified', 'prod.tfvars added'],
      root: ['added', 'new unit'],
      vpc: ['modified', '.terraform.lock.hcl added'],
    });
  });

  test('a unit whose extra_arguments name a changed file, there or in what it includes', async () => {
    const named = (file: string) =>
      `  extra_arguments "all" {\n    commands           = ["plan"]\n    optional_var_files = ["\${get_terragrunt_dir()}/../${file}"]\n  }\n`;
    const { touched } = await reasonsAfter(
      { 'a.tfvars': 'a = 2\n', 'b.tfvars': 'b = 2\n' },
      newRepository({
        'root.hcl': `terraform {\n${named('b.tfvars')}}\n`,
        'app/terragrunt.hcl': `include "root" {\n  path = "../root.hcl"\n}\nterraform {\n  source = "tfr:///a/b/c"\n${named('a.tfvars')}}\n`,
        'a.tfvars': 'a = 1\n',
        'b.tfvars': 'b = 1\n',
      }),
    );
    expect(touched).toEqual({ app: ['modified', 'reads a.tfvars, which changed', 'reads b.tfvars, which changed'] });
  });

  test('both units between which a file moves', async () => {
    const { touched } = await reasonsAfter(
      { 'vpc/policy.json': null, 'app/policy.json': '{}' },
      newRepository({ ...files, 'vpc/policy.json': '{}' }),
    );
    expect(touched).toEqual({ app: ['modified', 'policy.json added'], vpc: ['modified', 'policy.json deleted'] });
  });

  test('with a merge, what the merged branch brings', async () => {
    using repository = newRepository(files);
    repository.git('checkout', '--quiet', '-b', 'feature');
    repository.commit({ 'vpc/extra.tf': '' });
    repository.git('checkout', '--quiet', 'main');
    const base = repository.commit({ 'app/extra.tf': '' });
    repository.git('merge', '--quiet', '--no-edit', 'feature');
    const { touched } = await discoverTouched(repository.directory, { base, head: 'HEAD', config });
    expect(touched.map(({ path, reasons }) => [path, ...reasons])).toEqual([['vpc', 'extra.tf added']]);
  });

  test('nothing with a file that no unit reads, and it says so', async () => {
    const { touched, unread } = await reasonsAfter({ 'README.md': 'x\n', 'modules/unused/main.tf': '' });
    expect(touched).toEqual({});
    expect(unread).toEqual(['README.md', 'modules/unused/main.tf']);
  });

  test('a unit when a file nearer to it takes the place of the one that it read', async () => {
    const { touched } = await reasonsAfter(
      { 'live/env.hcl': 'locals {}\n' },
      newRepository({
        'env.hcl': 'locals {}\n',
        'live/app/terragrunt.hcl':
          'terraform {\n  source = "tfr:///a/b/c"\n}\nlocals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\n',
      }),
    );
    expect(touched).toEqual({ 'live/app': ['modified', 'reads live/env.hcl, which was added'] });
  });

  test('a unit whose file is behind a symbolic link that leads elsewhere now', async () => {
    const { touched } = await reasonsAfter(
      { shared: { link: 'v2' } },
      newRepository({
        'v1/root.hcl': 'locals {\n  dependency = "one"\n}\n',
        'v2/root.hcl': 'locals {\n  dependency = "two"\n}\n',
        shared: { link: 'v1' },
        'app/terragrunt.hcl':
          'include "root" {\n  path = "../shared/root.hcl"\n}\nterraform {\n  source = "tfr:///a/b/c"\n}\n',
      }),
    );
    expect(touched).toEqual({ app: ['modified', 'reads shared/root.hcl, which changed'] });
  });

  test('everything when there is no base', async () => {
    using repository = newRepository(files);
    const { base, touched } = await discoverTouched(repository.directory, { base: null, head: 'HEAD', config });
    expect(base).toBeNull();
    expect(touched.map(({ path, change }) => `${path} ${change}`)).toEqual(['app added', 'vpc added']);
  });

  test('the same, whether base is an ancestor of head or not', async () => {
    using repository = newRepository(files);
    repository.git('checkout', '--quiet', '-b', 'other');
    const base = repository.commit({ 'vpc/extra.tf': '' });
    repository.git('checkout', '--quiet', 'main');
    const head = repository.commit({ 'modules/app/main.tf': '# changed\n' });
    const { touched } = await discoverTouched(repository.directory, { base, head, config });
    expect(touched.map(({ path, reasons }) => [path, ...reasons])).toEqual([
      ['app', 'module modules/app changed'],
      ['vpc', 'extra.tf deleted'],
    ]);
  });

  test('what it mends, when the base commit does not parse', async () => {
    const { touched } = await reasonsAfter(
      { 'vpc/terragrunt.hcl': unit('vpc') },
      newRepository({ ...files, 'vpc/terragrunt.hcl': 'terraform {\n' }),
    );
    expect(touched.vpc?.[0]).toBe('modified');
    expect(touched.vpc?.[1]).toMatch(
      /^at the base commit it could not be understood \(vpc\/terragrunt.hcl:2:1: expected "}"/,
    );
  });

  test('no module that did not parse at the base commit as if it were deleted', async () => {
    const { touched } = await reasonsAfter(
      { 'modules/app/main.tf': '# mended\n' },
      newRepository({ ...files, 'modules/app/main.tf': 'resource {' }),
    );
    expect(touched.app?.[0]).toBe('modified');
    expect(touched.app?.[1]).toMatch(/^at the base commit it could not be understood \(modules\/app\/main.tf:1:11/);
  });

  test('no configuration that only others include', async () => {
    using repository = newRepository({
      'terragrunt.hcl': 'inputs = {}\n',
      'app/terragrunt.hcl':
        'include {\n  path = find_in_parent_folders()\n}\nterraform {\n  source = "tfr:///a/b/c"\n}\n',
    });
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'terragrunt.hcl': 'inputs = { a = 1 }\n' });
    const { touched, graph } = await discoverTouched(repository.directory, { base, head, config });
    expect(touched.map(({ path, reasons }) => [path, ...reasons])).toEqual([
      ['app', 'reads terragrunt.hcl, which changed'],
    ]);
    expect(graph.map(({ path }) => path)).toEqual(['app']);
  });
});

describe('a unit that can not be understood', () => {
  test('is an error when it was so before and its file changes', async () => {
    using repository = newRepository({ ...files, 'broken/terragrunt.hcl': 'locals {\n' });
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'broken/terragrunt.hcl': 'locals { {\n' });
    await expect(discoverTouched(repository.directory, { base, head, config })).rejects.toThrow(
      'broken/terragrunt.hcl:1:10: expected the name',
    );
  });

  const broken = `${unit('app')}dependency "gone" {\n  config_path = "../gone"\n}\n`;

  test('is an error when the commit makes it so, even from afar', async () => {
    using repository = newRepository(files);
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'vpc/terragrunt.hcl': null });
    await expect(discoverTouched(repository.directory, { base, head, config })).rejects.toThrow(
      'app depends on vpc, which does not exist',
    );
  });

  test('stops nothing when it was so before and no file of it changes', async () => {
    using repository = newRepository({ ...files, 'broken/terragrunt.hcl': broken });
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'vpc/extra.tf': '' });
    const { touched, graph, problems } = await discoverTouched(repository.directory, { base, head, config });
    expect(touched.map(({ path }) => path)).toEqual(['vpc']);
    expect(graph.map(({ path }) => path)).toEqual(['app', 'broken', 'vpc']);
    expect(() => refuseProblems([{ path: 'app' }], problems)).not.toThrow();
    expect(() => refuseProblems([{ path: 'broken' }], problems)).toThrow('broken depends on gone');
  });

  test('because of a cycle stops nothing but its own delivery', async () => {
    const on = (name: string) => `${unit('app')}dependency "x" {\n  config_path = "../${name}"\n}\n`;
    const circle = { 'a/terragrunt.hcl': on('b'), 'b/terragrunt.hcl': on('a') };
    using repository = newRepository({ ...files, ...circle });
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'vpc/extra.tf': '' });
    const { touched, problems } = await discoverTouched(repository.directory, { base, head, config });
    expect(touched.map(({ path }) => path)).toEqual(['vpc']);
    expect(() => refuseProblems(touched, problems)).not.toThrow();
    expect(() => refuseProblems([{ path: 'b' }], problems)).toThrow('in a circle: a → b → a');
  });

  test('because of a cycle is an error when the commit makes the cycle', async () => {
    using repository = newRepository(files);
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'vpc/terragrunt.hcl': `${unit('vpc')}dependencies {\n  paths = ["../app"]\n}\n` });
    await expect(discoverTouched(repository.directory, { base, head, config })).rejects.toThrow(
      'in a circle: app → vpc',
    );
  });

  test('keeps the dependencies that can be understood', async () => {
    using repository = newRepository({
      'vpc/terragrunt.hcl': unit('vpc'),
      'broken/terragrunt.hcl': `include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n${broken}dependency "vpc" {\n  config_path = "../vpc"\n}\n`,
    });
    const told: string[] = [];
    const graph = await discoverGraph(repository.directory, { config, onProblem: ({ message }) => told.push(message) });
    expect(graph.map(({ path, dependencies }) => [path, dependencies])).toEqual([
      ['broken', ['gone', 'vpc']],
      ['vpc', []],
    ]);
    expect(told).toEqual([expect.stringMatching(/^broken\/terragrunt.hcl:2:10: the path of the include has no value/)]);
  });
});

describe('a deleted unit', () => {
  test('keeps what it depended on and who depended on it', async () => {
    using repository = newRepository(files);
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'vpc/terragrunt.hcl': null, 'app/terragrunt.hcl': unit('app') });
    const { touched } = await discoverTouched(repository.directory, { base, head, config });
    expect(touched.find(({ path }) => path === 'vpc')).toMatchObject({ change: 'deleted', dependents: ['app'] });
  });

  test('has to be deleted: code that only lost its backend is not destroyed', async () => {
    using repository = newRepository({ 'a/main.tf': 'terraform {\n  backend "local" {}\n}\n' });
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'a/main.tf': 'locals {}\n' });
    await expect(discoverTouched(repository.directory, { base, head, config })).rejects.toThrow(
      'a was a unit at the base commit and is none any more, but a/main.tf is still there',
    );
  });

  test('is not one that is only excluded', async () => {
    const { touched } = await reasonsAfter({
      'vpc/terragrunt.hcl': unit('vpc', 'exclude {\n  if = true\n  actions = ["all"]\n}\n'),
    });
    expect(touched.vpc).toBeUndefined();
  });
});

test('a commit that is not there is named', async () => {
  using repository = newRepository(files);
  const base = '0123456789012345678901234567890123456789';
  await expect(discoverTouched(repository.directory, { base, head: 'HEAD', config })).rejects.toThrow(
    `${base} is no commit of the repository`,
  );
});
