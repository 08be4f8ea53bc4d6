import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { configWith, newRepository } from './repository.ts';

const config = configWith();
const unit = 'terraform {\n  source = "../modules/thing"\n}\n';
const dependsOn = (path: string) => `${unit}dependency "x" {\n  config_path = "${path}"\n}\n`;
const edges = (units: { path: string; dependencies: string[] }[]) =>
  Object.fromEntries(units.map(({ path, dependencies }) => [path, dependencies]));
const errors = (units: { path: string; error?: string | undefined }[]) =>
  Object.fromEntries(units.flatMap(({ path, error }) => (error === undefined ? [] : [[path, error]])));

describe('the graph of a repository', () => {
  test('is the same in the working tree, in a commit and in a bare clone', async () => {
    using repository = newRepository({ 'b/terragrunt.hcl': unit, 'a/terragrunt.hcl': dependsOn('../b') });
    const bare = join(repository.directory, '..', `${repository.directory.split('/').pop()}.git`);
    execFileSync('git', ['clone', '--quiet', '--bare', repository.directory, bare]);
    try {
      const graph = await discoverGraph(repository.directory, { config });
      expect(graph.map(({ path }) => path)).toEqual(['a', 'b']);
      expect(graph[0]?.dependencies).toEqual(['b']);
      expect(await discoverGraph(repository.directory, { config, commit: 'HEAD' })).toEqual(graph);
      expect(await discoverGraph(bare, { config, commit: 'main' })).toEqual(graph);
    } finally {
      execFileSync('rm', ['-rf', bare]);
    }
  });

  test('holds untracked units, but none that git ignores and none that are deleted', async () => {
    using repository = newRepository({ 'a/terragrunt.hcl': unit, '.gitignore': 'ignored/\n' });
    repository.write({ 'a/terragrunt.hcl': null, 'new/terragrunt.hcl': unit, 'ignored/terragrunt.hcl': unit });
    expect(edges(await discoverGraph(repository.directory, { config }))).toEqual({ new: [] });
  });

  test('of a sub-directory holds its units only, with paths from the root', async () => {
    using repository = newRepository({
      'prod/a/terragrunt.hcl': dependsOn('../../shared/b'),
      'shared/b/terragrunt.hcl': unit,
    });
    const graph = await discoverGraph(join(repository.directory, 'prod'), { config });
    expect(edges(graph)).toEqual({ 'prod/a': ['shared/b'] });
  });

  test('has a cycle as an error of each unit in it', async () => {
    using repository = newRepository({
      'a/terragrunt.hcl': dependsOn('../b'),
      'b/terragrunt.hcl': dependsOn('../c'),
      'c/terragrunt.hcl': dependsOn('../a'),
    });
    const graph = await discoverGraph(repository.directory, { config });
    const circle = expect.stringContaining('a → b → c → a');
    expect(errors(graph)).toEqual({ a: circle, b: circle, c: circle });
  });

  test('names the file and the line of a dependency that is not there', async () => {
    using repository = newRepository({ 'a/terragrunt.hcl': dependsOn('../gone') });
    expect(errors(await discoverGraph(repository.directory, { config }))).toEqual({
      a: 'a/terragrunt.hcl:5:3: a depends on gone, which does not exist; correct the path or remove the dependency.',
    });
  });

  test('names the file, line and column of HCL that does not parse', async () => {
    using repository = newRepository({ 'a/terragrunt.hcl': 'locals {\n  x = [1, 2\n}\n' });
    expect(errors(await discoverGraph(repository.directory, { config }))).toEqual({
      a: 'a/terragrunt.hcl:3:1: expected "]" or "," in a list, found "}"',
    });
  });

  test('takes the word of the configuration for a path that can not be known', async () => {
    using repository = newRepository({
      'a/terragrunt.hcl': 'dependency "x" {\n  config_path = "../${run_cmd("echo", "b")}"\n}\n',
      'b/terragrunt.hcl': unit,
    });
    const told = configWith({ extraDependencies: { a: ['b'] } });
    expect(edges(await discoverGraph(repository.directory, { config: told }))).toEqual({ a: ['b'], b: [] });
  });

  test('does not mind what can not be known where no path depends on it', async () => {
    using repository = newRepository({
      'a/terragrunt.hcl': `${unit}locals {\n  id = run_cmd("id")\n}\ninputs = {\n  id = local.id\n}\n`,
    });
    expect(edges(await discoverGraph(repository.directory, { config }))).toEqual({ a: [] });
  });

  test('has the dependencies that only the configuration knows', async () => {
    using repository = newRepository({ 'a/terragrunt.hcl': unit, 'b/terragrunt.hcl': unit });
    const extra = configWith({ extraDependencies: { a: ['b'] } });
    expect(edges(await discoverGraph(repository.directory, { config: extra }))).toEqual({ a: ['b'], b: [] });
    const wrong = configWith({ extraDependencies: { a: ['nothing'] } });
    expect(errors(await discoverGraph(repository.directory, { config: wrong }))).toEqual({
      a: 'extraDependencies in the configuration says that a depends on nothing, which is not a unit; correct or remove it.',
    });
    const warnings: string[] = [];
    const gone = configWith({ extraDependencies: { gone: ['a'] } });
    const graph = await discoverGraph(repository.directory, {
      config: gone,
      warn: (message) => warnings.push(message),
    });
    expect(errors(graph)).toEqual({});
    expect(warnings).toEqual([expect.stringMatching(/names gone, which is not a unit/)]);
  });

  test('reads units in JSON syntax', async () => {
    using repository = newRepository({
      'a/terragrunt.hcl.json': '{"dependency": {"x": {"config_path": "../${basename(\\"x/b\\")}"}}}',
      'b/terragrunt.hcl': unit,
    });
    expect(edges(await discoverGraph(repository.directory, { config }))).toEqual({ a: ['b'], b: [] });
  });

  test('of a repository without commits and without units is empty', async () => {
    using repository = newRepository();
    expect(await discoverGraph(repository.directory, { config })).toEqual([]);
  });
});

describe('a fingerprint', () => {
  const fingerprints = async (directory: string, commit: string) =>
    new Map((await discoverGraph(directory, { config, commit })).map((one) => [one.path, one.fingerprint]));

  test('changes with every file that the unit reads, and with no other', async () => {
    using repository = newRepository({
      'root.hcl': 'inputs = yamldecode(file("defaults.yaml"))\n',
      'defaults.yaml': 'a: 1\n',
      'modules/thing/main.tf': 'module "inner" {\n  source = "../inner"\n}\n',
      'modules/inner/main.tf': '',
      'modules/other/main.tf': '',
      'a/terragrunt.hcl': `${unit}include {\n  path = find_in_parent_folders("root.hcl")\n}\n`,
      'b/terragrunt.hcl': 'terraform {\n  source = "../modules/other"\n}\n',
    });
    const before = await fingerprints(repository.directory, 'HEAD');
    for (const [path, touches] of [
      ['defaults.yaml', true],
      ['modules/inner/main.tf', true],
      ['a/.terraform.lock.hcl', true],
      ['modules/other/main.tf', false],
      ['README.md', false],
    ] as const) {
      const commit = repository.commit({ [path]: '# changed\n' });
      const after = await fingerprints(repository.directory, commit);
      expect([path, after.get('a') !== before.get('a')]).toEqual([path, touches]);
      repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    }
  });
});
