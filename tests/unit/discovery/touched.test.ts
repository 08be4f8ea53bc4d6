import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
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
  const errorsAfter = async (before: Changes, changes: Changes) => {
    using repository = newRepository(before);
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit(changes);
    const { touched, graph } = await discoverTouched(repository.directory, { base, head, config });
    const inGraph = graph.flatMap(({ path, error }) => (error === undefined ? [] : [path]));
    return { touched: Object.fromEntries(touched.map(({ path, error }) => [path, error])), inGraph };
  };

  test('is touched with its error when its file changes', async () => {
    const before = { ...files, 'broken/terragrunt.hcl': 'locals {\n' };
    expect(await errorsAfter(before, { 'broken/terragrunt.hcl': 'locals { {\n', 'vpc/extra.tf': '' })).toEqual({
      touched: { broken: expect.stringContaining('broken/terragrunt.hcl:1:10: expected the name'), vpc: undefined },
      inGraph: ['broken'],
    });
  });

  const broken = `${unit('app')}dependency "gone" {\n  config_path = "../gone"\n}\n`;

  test('is touched when the commit makes it so, even from afar, and what it depends on is not destroyed under it', async () => {
    const { touched } = await errorsAfter(files, { 'vpc/terragrunt.hcl': null });
    expect(touched).toEqual({
      app: expect.stringContaining('app depends on vpc, which does not exist'),
      vpc: expect.stringContaining('app depends on vpc, which is deleted and would be destroyed under it'),
    });
  });

  test('is left alone when it was so before and no file of it changes', async () => {
    const before = { ...files, 'broken/terragrunt.hcl': broken };
    expect(await errorsAfter(before, { 'vpc/extra.tf': '' })).toEqual({
      touched: { vpc: undefined },
      inGraph: ['broken'],
    });
  });

  test('is one of a whole circle, which is left alone, too, unless the commit makes it', async () => {
    const on = (name: string) => `${unit('app')}dependency "x" {\n  config_path = "../${name}"\n}\n`;
    const circle = { 'a/terragrunt.hcl': on('b'), 'b/terragrunt.hcl': on('a') };
    expect(await errorsAfter({ ...files, ...circle }, { 'vpc/extra.tf': '' })).toEqual({
      touched: { vpc: undefined },
      inGraph: ['a', 'b'],
    });
    const closing = { 'vpc/terragrunt.hcl': `${unit('vpc')}dependencies {\n  paths = ["../app"]\n}\n` };
    const sentence = expect.stringContaining('in a circle: app → vpc');
    expect((await errorsAfter(files, closing)).touched).toEqual({ app: sentence, vpc: sentence });
  });

  test('is one when a file with values of its variables can not be read', async () => {
    const before = { 'app/main.tf': 'terraform {\n  backend "local" {}\n}\n', 'vpc/main.tf': 'provider "aws" {}\n' };
    const reads = 'variable "doc" {}\noutput "p" {\n  value = file("${path.module}/${var.doc}.json")\n}\n';
    const changes = { 'app/out.tf': reads, 'app/terraform.tfvars': '\0GITCRYPT', 'vpc/more.tf': '' };
    expect((await errorsAfter(before, changes)).touched).toEqual({
      app: expect.stringContaining('app/terraform.tfvars:1:1: expected the name of an attribute or a block'),
      vpc: undefined,
    });
  });

  test('keeps the dependencies that can be understood', async () => {
    using repository = newRepository({
      'vpc/terragrunt.hcl': unit('vpc'),
      'broken/terragrunt.hcl': `include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n${broken}dependency "vpc" {\n  config_path = "../vpc"\n}\n`,
    });
    const graph = await discoverGraph(repository.directory, { config });
    expect(graph.map(({ path, dependencies }) => [path, dependencies])).toEqual([
      ['broken', ['gone', 'vpc']],
      ['vpc', []],
    ]);
    expect(graph.flatMap(({ error }) => error ?? [])).toEqual([
      expect.stringMatching(/^broken\/terragrunt.hcl:2:10: the path of the include has no value/),
    ]);
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

  test('has to be deleted: code that only lost its backend is an error, and not destroyed', async () => {
    using repository = newRepository({ 'a/main.tf': 'terraform {\n  backend "local" {}\n}\n' });
    const base = repository.git('rev-parse', 'HEAD');
    const lost = repository.commit({ 'a/main.tf': 'locals {}\n' });
    const { touched, graph } = await discoverTouched(repository.directory, { base, head: lost, config });
    const error = expect.stringContaining(
      'a was a unit at the base commit and is none any more, but a/main.tf is still there',
    );
    expect(touched).toEqual([expect.objectContaining({ path: 'a', change: 'modified', error })]);
    expect(graph).toEqual([expect.objectContaining({ path: 'a', error })]);

    // By the next commit only the queue knows that it was one.
    const next = (changes: Changes) =>
      discoverTouched(repository.directory, { base: lost, head: repository.commit(changes), known: graph, config });
    const still = await next({ 'a/more.tf': '' });
    expect(still).toMatchObject({ touched: [], graph: [{ path: 'a', error }] });
    expect(await next({ 'a/main.tf': null, 'a/more.tf': null })).toMatchObject({
      touched: [{ path: 'a', change: 'deleted' }],
      graph: [],
    });
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
