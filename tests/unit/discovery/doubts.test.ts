// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { nothingApplied } from '../../../src/delivery/applied.ts';
import { stillOpen } from '../../../src/delivery/carry.ts';
import { prepareDelivery } from '../../../src/delivery/prepare.ts';
import type { Answer } from '../../../src/discovery/ask-terragrunt.ts';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { compareTrees } from '../../../src/discovery/touched.ts';
import { unknownDurations } from '../../../src/model.ts';
import { changeSetOf, commit } from '../../support/change-set.ts';
import { discoverTree } from '../../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../../support/memory-tree.ts';
import { configWith, newRepository } from './repository.ts';

type Settings = Parameters<typeof configWith>[0];

const s3 = (key: string) => `terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "${key}"\n  }\n}\n`;
const run = (name: string) => `run_cmd("--terragrunt-quiet", "${name}")`;
const source = (text: string, more = '') => `terraform {\n  source = ${text}\n${more}}\n`;
const registry = '"tfr:///example/thing/aws?version=1.0.0"';
const given = (name: string, value: string) =>
  `  extra_arguments "given" {\n    commands = ["plan"]\n    ${name} = ${value}\n  }\n`;

/** What each unit is touched for, and what is warned of. */
async function touchedBy(change: TreeFiles, files: TreeFiles, settings: Settings = {}) {
  const config = configWith({ unknownDependencies: 'error', ...settings });
  const [baseTree, headTree] = [memoryTree(files), memoryTree({ ...files, ...change })];
  const before = await discoverTree(baseTree, undefined, { config, past: true });
  const after = await discoverTree(headTree, undefined, { config });
  const { touched, warnings } = compareTrees({ before, after, baseTree, headTree }, { config });
  return { touched: Object.fromEntries(touched.map(({ path, reasons }) => [path, reasons])), warnings };
}

describe('what a unit reads and can not be known', () => {
  const modules = { 'modules/app/main.tf': '', 'other/app/main.tf': '', 'notes.txt': '' };

  test.each<[string, string, string, string]>([
    ['a module', source(`"../modules/\${${run('name')}}/x"`), 'modules/app/main.tf', 'which module this runs'],
    [
      'a required file of variables',
      source(registry, given('required_var_files', `["../other/\${${run('name')}}.tfvars"]`)),
      'other/prod.tfvars',
      'which file of variables this names',
    ],
    [
      'an optional file of variables',
      source(registry, given('optional_var_files', `["\${get_terragrunt_dir()}/../other/\${${run('name')}}.tfvars"]`)),
      'other/prod.tfvars',
      'which file of variables this names',
    ],
    [
      'a file of variables among arguments',
      source(registry, given('arguments', `["-lock=false", "-var-file=../other/\${${run('name')}}.tfvars"]`)),
      'other/prod.tfvars',
      'which file of variables this names',
    ],
    [
      'a configuration',
      `${source(registry)}locals {\n  a = read_terragrunt_config("../other/\${${run('name')}}.hcl")\n}\n`,
      'other/a.hcl',
      'which file this reads',
    ],
    [
      'a file in a function',
      `${source(registry)}inputs = {\n  a = file("../other/\${${run('name')}}.json")\n}\n`,
      'other/a.json',
      'which file this reads',
    ],
    [
      'a template',
      `${source(registry)}inputs = {\n  a = templatefile("../other/\${${run('name')}}.tpl", {})\n}\n`,
      'other/a.tpl',
      'which file this reads',
    ],
    [
      'a set of files',
      `${source(registry)}inputs = {\n  a = fileset("../other", ${run('glob')})\n}\n`,
      'other/a.json',
      'which file this reads',
    ],
  ])('%s: a changed file below the known part touches the unit, and is told', async (_, unit, file, what) => {
    const files = { ...modules, 'app/terragrunt.hcl': unit };
    const { touched, warnings } = await touchedBy({ [file]: '# changed\n' }, files);
    const where = `may read ${file}, which was added: app/terragrunt.hcl:`;
    expect(touched.app?.[0]?.replace(/which (changed|was added)/, 'which was added').slice(0, where.length)).toBe(
      where,
    );
    expect(touched.app?.[0]).toContain(`: ${what} can't be known: run_cmd is not run`);
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^app/.*: ${what} can't be known: .*; so any changed file below \\w+/ touches app\\. .*extraReads`),
      ),
    ]);
    const elsewhere = await touchedBy({ 'notes.txt': 'x\n' }, files);
    expect(elsewhere).toEqual({ touched: {}, warnings: [] });
  });

  test('and nothing of which is known: any changed file touches the unit that no unit reads', async () => {
    const files = { ...modules, 'app/terragrunt.hcl': source(run('module')), 'db/terragrunt.hcl': source(registry) };
    const { touched, warnings } = await touchedBy({ 'modules/app/main.tf': '# changed\n', 'notes.txt': 'x\n' }, files);
    expect(touched).toEqual({
      app: [
        "may read modules/app/main.tf (and 1 more), which changed: app/terragrunt.hcl:2:12: which module this runs can't be known: run_cmd is not run while the graph is made",
      ],
    });
    expect(warnings).toEqual([expect.stringContaining('any changed file that no unit reads touches app')]);
    expect(Object.keys((await touchedBy({ 'db/main.tf': '' }, files)).touched)).toEqual(['db']);
  });

  test('because a variable of the environment is not set', async () => {
    const text = 'get_env("STAGE") == "prod" ? "git::https://git.example.org/m.git//app?ref=v1" : "../modules//app"';
    const { touched } = await touchedBy(
      { 'modules/app/main.tf': '# changed\n' },
      { ...modules, 'app/terragrunt.hcl': source(text) },
    );
    expect(touched.app?.[0]).toContain('STAGE is not set');
  });

  test('is no doubt when it surely lies elsewhere, or when only its version is unknown', async () => {
    const files = {
      ...modules,
      'a/terragrunt.hcl': source(`"git::https://git.example.org/modules.git//\${${run('name')}}"`),
      'b/terragrunt.hcl': `${source(registry)}inputs = {\n  a = file("/etc/\${${run('name')}}")\n}\n`,
      'c/terragrunt.hcl': source(`"../modules/app?ref=\${${run('version')}}"`),
    };
    const { touched, warnings } = await touchedBy({ 'modules/app/main.tf': '# changed\n', 'notes.txt': 'x\n' }, files);
    expect(touched).toEqual({ c: ['module modules/app changed'] });
    expect(warnings).toEqual([]);
  });

  test('is settled by what the configuration lists', async () => {
    const files = { ...modules, 'app/terragrunt.hcl': source(run('module')) };
    const settings = { extraReads: { app: ['modules/app/**'] } };
    expect(await touchedBy({ 'notes.txt': 'x\n' }, files, settings)).toEqual({ touched: {}, warnings: [] });
    const { touched } = await touchedBy({ 'modules/app/main.tf': '# changed\n' }, files, settings);
    expect(touched).toEqual({ app: ['reads modules/app/main.tf, which changed'] });
  });

  test('is told by the graph, once for all units, unless each file below is read anyway', async () => {
    using repository = newRepository({
      'root.hcl': `inputs = {\n  a = file("\${get_parent_terragrunt_dir()}/other/\${${run('name')}}.json")\n}\n`,
      'other/a.json': '{}',
      ...Object.fromEntries(
        ['a', 'b'].map((name) => [
          `${name}/terragrunt.hcl`,
          `${source(registry)}include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n`,
        ]),
      ),
      'own/terragrunt.hcl': `${source(registry)}inputs = {\n  a = file("files/\${${run('name')}}.json")\n}\n`,
      'own/files/a.json': '{}',
    });
    const warnings: string[] = [];
    const config = configWith({ unknownDependencies: 'error' });
    await discoverGraph(repository.directory, { config, warn: (message) => warnings.push(message) });
    expect(warnings).toEqual([
      "root.hcl:1:10: which file this reads can't be known: run_cmd is not run while the graph is made; so any changed file below other/ touches a, b. Write what can be computed from the files of the repository, or list what each reads under extraReads in the configuration (an empty list says that it is nothing more).",
    ]);
  });
});

describe('Terragrunt, asked about it,', () => {
  const files: TreeFiles = {
    'app/terragrunt.hcl': source(run('module'), given('optional_var_files', `["../vars/\${${run('name')}}"]`)),
    'modules/app/main.tf': 'module "low" {\n  source = "../low"\n}\n',
    'modules/low/main.tf': '',
    'vars/a.tfvars': '',
  };
  const answer = async (said: Answer) => {
    const found = await discoverTree(memoryTree(files), undefined, { ask: async () => new Map([['app', said]]) });
    return found.get('app');
  };

  test('tells the module, with what that calls; files of variables it does not tell', async () => {
    const app = await answer({ dependencies: [], reads: ['modules/app/main.tf'] });
    expect(app?.reads).toEqual(['app/terragrunt.hcl', 'modules/app/main.tf', 'modules/low/main.tf']);
    expect(app?.doubts.map(({ below }) => below)).toEqual(['vars/']);
  });

  test('is not believed when it refuses', async () => {
    const app = await answer({ refusal: 'exit status 3' });
    expect(app?.doubts.map(({ below }) => below)).toEqual(['vars/', '']);
  });

  test('is not asked where only what it does not tell is in doubt', async () => {
    const asked: string[] = [];
    const only = {
      'app/terragrunt.hcl': `${source(registry)}inputs = {\n  a = file(${run('name')})\n}\n`,
      'db/terragrunt.hcl': source(`"git::https://git.example.org/modules.git//\${${run('name')}}"`),
    };
    await discoverTree(memoryTree(only), undefined, {
      ask: async (units) => {
        asked.push(...units);
        return new Map();
      },
    });
    expect(asked).toEqual([]);
  });
});

describe('the source of a module that Terraform calls', () => {
  const call = (text: string) => `module "m" {\n  source = ${text}\n}\n`;
  const modules = { 'modules/small/main.tf': '', 'modules/large/main.tf': '' };
  const changed = { 'modules/small/main.tf': '# changed\n' };

  test.each<[string, TreeFiles]>([
    [
      'by locals and a constant variable',
      {
        'app/main.tf': `${s3('app')}locals {\n  base = "../modules"\n}\nvariable "size" {\n  const = true\n  default = "small"\n}\n${call('"${local.base}/${var.size}"')}`,
      },
    ],
    [
      'by a variable of OpenTofu that a file gives',
      {
        'app/main.tofu': `${s3('app')}variable "size" {\n  default = "large"\n}\n${call('"../modules/${var.size}"')}`,
        'app/terraform.tfvars': 'size = "small"\n',
      },
    ],
    [
      'by an argument of the module that calls it',
      {
        'app/main.tf': `${s3('app')}module "sized" {\n  source = "../modules/sized"\n  size   = "small"\n}\n`,
        'modules/sized/main.tf': `variable "size" {\n  const   = true\n  default = "large"\n}\n${call('"../${var.size}"')}`,
      },
    ],
    [
      "by Terragrunt's inputs",
      {
        'app/terragrunt.hcl': `${source('"../modules/sized"')}inputs = {\n  size = "small"\n}\n`,
        'modules/sized/main.tf': `variable "size" {}\n${call('"../${var.size}"')}`,
      },
    ],
  ])('is computed %s', async (_, files) => {
    const { touched, warnings } = await touchedBy(changed, { ...modules, ...files });
    expect({ touched, warnings }).toEqual({ touched: { app: ['module modules/small changed'] }, warnings: [] });
    expect((await touchedBy({ 'modules/large/main.tf': '# changed\n' }, { ...modules, ...files })).touched).toEqual({});
  });

  test('makes the module one that is called, and no unit', async () => {
    using repository = newRepository({
      'app/main.tf': `${s3('app')}variable "name" {\n  default = "small"\n}\n${call('"../modules/${var.name}"')}`,
      'modules/small/main.tf': 'provider "aws" {}\n',
    });
    const graph = await discoverGraph(repository.directory, { config: configWith() });
    expect(graph.map(({ path }) => path)).toEqual(['app']);
  });

  test('that can not be known is told, and a change below its known part touches the unit', async () => {
    const files = { ...modules, 'app/main.tf': `${s3('app')}variable "size" {}\n${call('"../modules/${var.size}"')}` };
    const { touched, warnings } = await touchedBy(changed, files);
    const doubt = "app/main.tf:9:12: which module this calls can't be known: the variable size has no default";
    expect(touched).toEqual({ app: [`may read modules/small/main.tf, which changed: ${doubt}`] });
    expect(warnings).toEqual([expect.stringContaining(`${doubt}; so any changed file below modules/ touches app.`)]);
  });
});

describe("Terraform's code reads", () => {
  const files: TreeFiles = {
    'charts/app/Chart.yaml': '',
    'charts/redis/Chart.yaml': '',
    'functions/hello/main.py': '',
    'policies/a.json': '{}',
    'policies/b.json': '{}',
    'secrets/app.yaml': '',
    'live/policies/a.json': '{}',
    'modules/rooted/main.tf': 'locals {\n  text = file("${path.root}/../policies/a.json")\n}\n',
    'modules/policy/main.tf': 'variable "path" {}\nlocals {\n  text = file(var.path)\n}\n',
  };
  const touchedIn = async (code: string, changed: string) => {
    const all = { ...files, 'live/app/main.tf': s3('app') + code };
    const { touched } = await touchedBy({ [changed]: 'changed\n' }, all);
    return touched['live/app'] ?? [];
  };

  test.each<[string, string, string]>([
    [
      'the directory of an archive',
      'data "archive_file" "a" {\n  type = "zip"\n  source_dir = "${path.module}/../../functions/hello"\n}\n',
      'functions/hello/main.py',
    ],
    [
      'the file of an archive',
      'resource "archive_file" "a" {\n  source_file = "../../functions/hello/main.py"\n}\n',
      'functions/hello/main.py',
    ],
    ['a file of secrets', 'data "sops_file" "a" {\n  source_file = "../../secrets/app.yaml"\n}\n', 'secrets/app.yaml'],
    ['a local chart', 'resource "helm_release" "a" {\n  chart = "../../charts/app"\n}\n', 'charts/app/Chart.yaml'],
    [
      'a local file',
      'data "local_file" "a" {\n  filename = "${path.root}/../../policies/a.json"\n}\n',
      'policies/a.json',
    ],
    [
      'a file that is hashed',
      'locals {\n  a = filebase64sha256("${path.cwd}/../../policies/a.json")\n}\n',
      'policies/a.json',
    ],
    [
      'a file for each element',
      'resource "aws_iam_policy" "a" {\n  for_each = toset(["a"])\n  policy = file("../../policies/${each.value}.json")\n}\n',
      'policies/a.json',
    ],
    [
      'a file that a module is given',
      'module "a" {\n  source = "../../modules/policy"\n  path = "../../policies/a.json"\n}\n',
      'policies/a.json',
    ],
    [
      'a file beside the root module, in a module that it calls',
      'module "a" {\n  source = "../../modules/rooted"\n}\n',
      'live/policies/a.json',
    ],
  ])('%s', async (_, code, file) => {
    expect(await touchedIn(code, file)).toEqual([`reads ${file}, which changed`]);
    expect(await touchedIn(code, 'policies/b.json')).toEqual([]);
  });

  test('perhaps a file whose name is a variable that nobody gives', async () => {
    const code = 'variable "name" {}\nlocals {\n  a = file("${path.module}/../../policies/${var.name}.json")\n}\n';
    expect(await touchedIn(code, 'policies/a.json')).toEqual([
      "may read policies/a.json, which changed: live/app/main.tf:9:7: which file this reads can't be known: the variable name has no default",
    ]);
  });

  test('no file that Terraform makes, and no chart that has only a name', async () => {
    const code =
      'variable "chart" {}\nresource "helm_release" "a" {\n  chart = var.chart\n}\ndata "archive_file" "z" {\n  type = "zip"\n}\nlocals {\n  a = filemd5(data.archive_file.z.output_path)\n}\n';
    expect(await touchedIn(code, 'policies/a.json')).toEqual([]);
  });
});

test('a file of variables that TF_CLI_ARGS names is read', async () => {
  const found = await discoverTree(
    memoryTree({ 'live/app/main.tf': s3('app'), 'variables/app.tfvars': '', 'variables/db.tfvars': '' }),
    undefined,
    { environment: { TF_CLI_ARGS_plan: '-lock=false -var-file=../../variables/app.tfvars' } },
  );
  expect(found.get('live/app')?.reads).toEqual(['live/app/main.tf', 'variables/app.tfvars']);
});

test.each(['mark_as_read', 'mark_glob_as_read'])('what %s names is read', async (name) => {
  const unit = `${source(registry)}locals {\n  a = ${name}("\${get_terragrunt_dir()}/../variables/a.tfvars")\n}\n`;
  const { touched } = await touchedBy(
    { 'variables/a.tfvars': 'a = 2\n' },
    { 'app/terragrunt.hcl': unit, 'variables/a.tfvars': 'a = 1\n' },
  );
  expect(touched).toEqual({ app: ['reads variables/a.tfvars, which changed'] });
});

describe('changed code that no unit is known to read', () => {
  const files: TreeFiles = {
    'live/app/main.tf': s3('app'),
    'modules/vpc/main.tf': '',
    'prod/app.tfvars': 'size = 1\n',
    'prod/db.tfvars.json': '{}',
    'templates/user.tftpl': '',
    'account.hcl': 'locals {}\n',
    'off/terragrunt.hcl': `${source(registry)}exclude {\n  if      = true\n  actions = ["all"]\n}\n`,
  };
  const told = (paths: string, it: string) =>
    `${paths} changed, and no unit is known to read ${it}: list ${it} under extraReads in the configuration for the units that do, or under units.exclude where none does.`;
  const warned = async (paths: readonly string[], settings: Settings = {}, before = files) => {
    const change = Object.fromEntries(paths.map((path) => [path, '# changed\n']));
    return touchedBy(change, before, settings);
  };

  test.each(['prod/app.tfvars', 'prod/db.tfvars.json', 'modules/vpc/main.tf', 'templates/user.tftpl', 'account.hcl'])(
    '%s: is told',
    async (path) => {
      expect(await warned([path])).toEqual({ touched: {}, warnings: [told(path, 'it')] });
    },
  );

  test('is told in one sentence, of which no change makes a long one, also beside what is touched', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `vars/${String(index).padStart(2, '0')}.tfvars`);
    const { touched, warnings } = await warned([...many, 'live/app/main.tf']);
    expect(Object.keys(touched)).toEqual(['live/app']);
    const first = 'vars/00.tfvars, vars/01.tfvars, vars/02.tfvars, vars/03.tfvars, vars/04.tfvars and 35 more';
    expect(warnings).toEqual([told(first, 'them')]);
  });

  test.each([
    'README.md',
    '.github/workflows/plan.yml',
    'prod/values.yaml',
    '.tflint.hcl',
    'modules/vpc/.terraform.lock.hcl',
    'modules/vpc/tests/vpc.tftest.hcl',
    'images/base.pkr.hcl',
    'off/main.tf',
  ])('%s: is nothing of the kind', async (path) => {
    expect((await warned([path])).warnings).toEqual([]);
  });

  test('is not told when the configuration says who reads it, or leaves it out by itself or with a directory', async () => {
    const paths = ['prod/app.tfvars', 'modules/vpc/main.tf'];
    const settings = { extraReads: { 'live/*': ['prod/*.tfvars'] }, units: { exclude: ['modules/*'] } };
    const { touched, warnings } = await warned(paths, settings);
    expect({ units: Object.keys(touched), warnings }).toEqual({ units: ['live/app'], warnings: [] });
    expect((await warned(paths, { units: { exclude: ['**/*.tfvars', 'modules'] } })).warnings).toEqual([]);
  });

  test('is not told when it is gone, or when it is told already that a unit may read it', async () => {
    const { 'prod/app.tfvars': _, ...rest } = files;
    const config = configWith();
    const [baseTree, headTree] = [memoryTree(files), memoryTree(rest)];
    const [before, after] = [await discoverTree(baseTree), await discoverTree(headTree)];
    expect(compareTrees({ before, after, baseTree, headTree }, { config }).warnings).toEqual([]);
    const app = source(registry, given('optional_var_files', `["../prod/\${${run('name')}}"]`));
    const { warnings } = await warned(['prod/app.tfvars'], {}, { ...files, 'app/terragrunt.hcl': app });
    expect(warnings).toEqual([expect.stringContaining('any changed file below prod/ touches app')]);
  });
});

describe('the fingerprint of a unit that may read a file', () => {
  const app = source(`"../modules/\${${run('name')}}/x"`);
  const files: TreeFiles = {
    'app/terragrunt.hcl': app,
    'any/terragrunt.hcl': source(run('module')),
    'db/terragrunt.hcl': source(registry),
    'modules/app/main.tf': '',
    'notes.txt': '',
  };
  const fingerprints = async (change: TreeFiles) => {
    const found = await discoverTree(memoryTree({ ...files, ...change }));
    return Object.fromEntries([...found.values()].map(({ unit }) => [unit.path, unit.fingerprint]));
  };
  const changedBy = async (change: TreeFiles) => {
    const [before, after] = [await fingerprints({}), await fingerprints(change)];
    return Object.keys(before).filter((path) => before[path] !== after[path]);
  };

  test('is another one when such a file changes, comes or goes', async () => {
    expect(await changedBy({ 'modules/app/main.tf': '# changed\n' })).toEqual(['any', 'app']);
    expect(await changedBy({ 'modules/new.txt': '' })).toEqual(['any', 'app']);
    expect(await changedBy({ 'notes.txt': 'x\n' })).toEqual(['any']);
  });

  test('is the same one whatever changes elsewhere', async () => {
    expect(await changedBy({})).toEqual([]);
    expect(await changedBy({ 'db/main.tf': '# changed\n' })).toEqual(['db']);
  });

  test('so a decline does not outlast a change of such a file, and the unit that was left open stays open', async () => {
    const given = async (change: TreeFiles) => {
      const known = (await fingerprints({})).app ?? '';
      const [baseTree, headTree] = [memoryTree(files), memoryTree({ ...files, ...change })];
      const trees = { before: await discoverTree(baseTree), after: await discoverTree(headTree), baseTree, headTree };
      const { touched, graph } = compareTrees(trees, { config: configWith() });
      const changeSet = { ...changeSetOf(2, { graph: {}, touched: {} }), touched, graph };
      const declined = { delivery: 'd-1', content: 'c', fingerprint: known, voter: 'ada', at: 'then', comment: null };
      const carried = [{ path: 'app', reason: 'declined in d-1', stale: false, deleted: null, declined }];
      const record = { commit: commit('c1'), fingerprint: known, half: null, durations: unknownDurations };
      const { units } = prepareDelivery(changeSet, nothingApplied, carried, configWith());
      return {
        declined: units.find(({ path }) => path === 'app')?.declined !== undefined,
        open: stillOpen(carried, changeSet, { version: 1, units: { app: record } }).length === 1,
      };
    };
    expect(await given({ 'modules/app/main.tf': '# changed\n' })).toEqual({ declined: false, open: true });
    expect(await given({ 'db/main.tf': '# changed\n' })).toEqual({ declined: true, open: false });
  });
});
