// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { toldDoubts } from '../../../src/discovery/doubts.ts';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { objectOf, Unknown, type Value } from '../../../src/discovery/hcl/values.ts';
import { stateOf, statesOfWhichItMayBeAWorkspace } from '../../../src/discovery/states/state-of.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { discoverTree } from '../../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../../support/memory-tree.ts';
import { type Changes, configWith, newRepository } from './repository.ts';

const config = configWith();
const s3 = (key: string, more = '') =>
  `terraform {\n  backend "s3" {\n    bucket = "states"\n    key    = "${key}"\n${more}  }\n}\n`;
const reads = (key: string, more = '') =>
  `data "terraform_remote_state" "r" {\n  backend = "s3"\n${more}  config = {\n    bucket = "states"\n    key    = "${key}"\n  }\n}\n`;
const remoteState = (key: string) =>
  `remote_state {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key    = "${key}"\n  }\n}\n`;
const registry = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';

describe('the state of a backend', () => {
  const variables: Record<string, string> = {
    TF_HTTP_ADDRESS: 'https://git.example.org/state/net',
    PG_CONN_STR: 'postgres://someone:secret@db.example.org/states?sslmode=disable',
    TF_CLOUD_ORGANIZATION: 'example-org',
    TF_WORKSPACE: 'net',
  };
  const stateIn = (backend: string, given: Record<string, Value>, environment: Record<string, string> = {}) => {
    const state = stateOf(backend, objectOf(Object.entries(given)), {
      tree: memoryTree({}),
      directory: 'live/net',
      variable: (name) => environment[name],
    });
    return state instanceof Unknown ? `unknown: ${state.reason}` : state;
  };

  test.each<[string, Record<string, Value>, Record<string, Value>]>([
    [
      's3',
      { bucket: 'b', key: '/net/x' },
      { bucket: 'b', key: 'net//x', region: 'eu-west-1', workspace_key_prefix: 'env:' },
    ],
    [
      's3',
      { bucket: 'b', key: 'x', endpoint: 'https://s3.example.org/' },
      { bucket: 'b', key: 'x', endpoints: objectOf([['s3', 'https://s3.example.org']]) },
    ],
    ['gcs', { bucket: 'b', prefix: 'net/' }, { bucket: 'b', prefix: '/net', credentials: 'x' }],
    ['gcs', { bucket: 'b' }, { bucket: 'b', prefix: '' }],
    [
      'azurerm',
      { storage_account_name: 's', container_name: 'c', key: 'net' },
      { storage_account_name: 's', container_name: 'c', key: 'net', resource_group_name: 'g' },
    ],
    [
      'consul',
      { path: 'net', address: 'consul.example.org' },
      { path: 'net', address: 'https://consul.example.org', lock: false },
    ],
    ['cos', { bucket: 'b' }, { bucket: 'b', prefix: '', key: 'terraform.tfstate', region: 'r' }],
    ['oss', { bucket: 'b' }, { bucket: 'b', prefix: 'env:/', key: 'terraform.tfstate' }],
    ['oci', { namespace: 'n', bucket: 'b' }, { namespace: 'n', bucket: 'b', key: 'terraform.tfstate', region: 'r' }],
    [
      'http',
      { address: 'https://user:secret@example.org/net' },
      { address: 'https://example.org/net', lock_address: 'x' },
    ],
    ['kubernetes', { secret_suffix: 'net' }, { secret_suffix: 'net', namespace: 'default' }],
    [
      'pg',
      { conn_str: 'host=db user=u password=p dbname=states' },
      { conn_str: 'dbname=states host=db', schema_name: 'terraform_remote_state' },
    ],
    ['local', {}, { path: './x/../terraform.tfstate' }],
    ['local', { path: '../../states/a' }, { path: '/live/states/a' }],
    [
      'remote',
      { organization: 'o', workspaces: objectOf([['name', 'net']]) },
      { hostname: 'app.terraform.io', organization: 'o', workspaces: objectOf([['name', 'net']]) },
    ],
  ])('in %s is the same in %j and %j', (backend, one, other) => {
    expect(stateIn(backend, one)).toBe(stateIn(backend, other));
    expect(stateIn(backend, one)).not.toMatch('unknown');
  });

  test.each<[string, Record<string, Value>, string]>([
    ['s3', { bucket: 'b' }, 'key'],
    ['gcs', {}, 'bucket'],
    ['azurerm', { storage_account_name: 's', key: 'k' }, 'container_name'],
    ['consul', {}, 'path'],
    ['kubernetes', {}, 'secret_suffix'],
    ['http', {}, 'address'],
    ['cloud', { workspaces: objectOf([['name', 'net']]) }, 'organization'],
  ])('in %s is not known from %j', (backend, given, missing) => {
    expect(stateIn(backend, given)).toBe(`unknown: its ${missing} is given elsewhere than in the code`);
  });

  test('of a workspace of HCP Terraform that tags choose is known only when the environment names it', () => {
    const tags = { organization: 'o', workspaces: objectOf([['tags', ['net']]]) };
    expect(stateIn('cloud', tags)).toMatch('unknown: which of its workspaces');
    expect(stateIn('cloud', tags, variables)).toBe('remote organization=o name=net');
  });

  test.each<[string, Record<string, Value>, string]>([
    ['http', {}, 'http address=https://git.example.org/state/net'],
    ['pg', { schema_name: 'net' }, 'pg conn_str=postgres://db.example.org/states schema_name=net'],
    ['cloud', {}, 'remote organization=example-org name=net'],
    ['remote', { organization: 'o', workspaces: objectOf([['prefix', 'net-']]) }, 'remote organization=o prefix=net-'],
  ])('in %s with %j is completed by the environment, without what is secret', (backend, given, state) => {
    expect(stateIn(backend, given, variables)).toBe(state);
  });

  test('is another one at another endpoint, in another schema, with another prefix for workspaces', () => {
    const all = [
      stateIn('s3', { bucket: 'b', key: 'x' }),
      stateIn('s3', { bucket: 'b', key: 'x', endpoint: 'https://s3.example.org' }),
      stateIn('s3', { bucket: 'b', key: 'x', workspace_key_prefix: 'team' }),
      stateIn('pg', { schema_name: 'a' }),
      stateIn('pg', { schema_name: 'b' }),
      stateIn('local', {}),
      stateIn('local', { path: '../other/terraform.tfstate' }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([
    ['s3 bucket=b key=env:/prod/net/x', 's3 bucket=b key=net/x'],
    ['s3 bucket=b key=acct/net/prod/x', 's3 bucket=b key=x workspace_key_prefix=acct/net'],
    [
      'azurerm storage_account_name=s container_name=c key=netenv:prod',
      'azurerm storage_account_name=s container_name=c key=net',
    ],
    ['consul path=net-env:prod', 'consul path=net'],
    ['local path=net/terraform.tfstate.d/prod/terraform.tfstate', 'local path=net/terraform.tfstate'],
    ['remote organization=o name=net-prod', 'remote organization=o prefix=net-'],
  ])('%s may be that of a workspace of %s', (state, configuration) => {
    expect(statesOfWhichItMayBeAWorkspace(state)).toContain(configuration);
  });
});

async function edges(files: TreeFiles, environment: NodeJS.ProcessEnv = {}) {
  const found = await discoverTree(memoryTree(files), undefined, { environment });
  const dependencies = Object.fromEntries([...found].map(([path, { unit }]) => [path, unit.dependencies]));
  const unknown = Object.fromEntries([...found].map(([path, { states }]) => [path, states.unknown]));
  const writes = Object.fromEntries([...found].map(([path, { states }]) => [path, states.writes]));
  return { dependencies, unknown, writes, warnings: toldDoubts(found.values()), found };
}

describe('units depend on each other by the states that they read', () => {
  test('between Terraform and Terragrunt, either way, and between two of Terragrunt', async () => {
    const { dependencies } = await edges({
      'root.hcl': remoteState('${path_relative_to_include()}/terraform.tfstate'),
      'net/main.tf': s3('net'),
      'modules/service/main.tf': `variable "of" {}\n${reads('${var.of}')}`,
      'live/service/terragrunt.hcl':
        'terraform {\n  source = "../../modules/service"\n}\ninputs = {\n  of = "net"\n}\n',
      'live/vpc/terragrunt.hcl': `include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n${registry}`,
      'live/app/terragrunt.hcl': 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
      'live/app/main.tf': reads('live/vpc/terraform.tfstate'),
      'legacy/main.tf': s3('legacy') + reads('live/vpc/terraform.tfstate'),
    });
    expect(dependencies).toMatchObject({ 'live/service': ['net'], 'live/app': ['live/vpc'], legacy: ['live/vpc'] });
  });

  test('by the prefix of workspaces, and by the full name of a workspace’s state', async () => {
    const prefix = (name: string) => `    workspace_key_prefix = "accounts/${name}"\n`;
    const { dependencies } = await edges({
      'dns/main.tf': s3('terraform.tfstate', prefix('dns')),
      'net/main.tf': s3('terraform.tfstate', prefix('net')),
      'plain/main.tf': s3('plain'),
      'prefixed/main.tf': s3('only', prefix('only')),
      'a/main.tf':
        s3('a') +
        reads('terraform.tfstate', '  workspace = terraform.workspace\n').replace('    key', `${prefix('net')}    key`),
      'b/main.tf': s3('b') + reads('accounts/net/live/terraform.tfstate'),
      'c/main.tf': s3('c') + reads('env:/prod/plain'),
      'd/main.tf': s3('d') + reads('only'),
      'e/main.tf': s3('e') + reads('terraform.tfstate'),
    });
    expect(dependencies).toMatchObject({ a: ['net'], b: ['net'], c: ['plain'], d: ['prefixed'], e: [] });
  });

  test('with what a unit of Terragrunt generates, inherits, overrides, or gives to init', async () => {
    const { writes } = await edges({
      'root.hcl': remoteState('root/${path_relative_to_include()}'),
      'modules/m/main.tf': 'terraform {\n  backend "s3" {}\n}\n',
      'inherits/terragrunt.hcl': `include {\n  path = "../root.hcl"\n}\n${registry}`,
      'overrides/terragrunt.hcl': `include {\n  path = "../root.hcl"\n}\n${registry}${remoteState('own')}`,
      'generates/terragrunt.hcl': `${registry}generate "backend" {\n  path      = "backend.tf"\n  if_exists = "overwrite"\n  contents  = <<EOF\n${s3('generated')}EOF\n}\n`,
      'gives/terragrunt.hcl':
        'terraform {\n  source = "../modules/m"\n  extra_arguments "b" {\n    commands  = ["init"]\n    arguments = ["-backend-config=bucket=states", "-backend-config=key=given"]\n  }\n}\n',
      'attribute/terragrunt.hcl': `${registry}remote_state = {\n  backend = "gcs"\n  config = {\n    bucket = "states"\n  }\n}\n`,
    });
    expect(writes).toEqual({
      attribute: ['gcs bucket=states'],
      generates: ['s3 bucket=states key=generated'],
      gives: ['s3 bucket=states key=given'],
      inherits: ['s3 bucket=states key=root/inherits'],
      overrides: ['s3 bucket=states key=own'],
    });
  });

  test('with a backend that an override file and the arguments of init complete', async () => {
    const { writes } = await edges(
      {
        'a/main.tf': s3('a'),
        'a/backend_override.tf': s3('over'),
        'b/main.tf': 'terraform {\n  backend "s3" {}\n}\n',
        'b/live.hcl': 'key = "b"\n',
      },
      { TF_CLI_ARGS_init: '-backend-config=bucket=states -backend-config="live.hcl"' },
    );
    expect(writes).toEqual({ a: [], b: ['s3 bucket=states key=b'] });
    const plain = await edges({ 'a/main.tf': s3('a'), 'a/backend_override.tf': s3('over') });
    expect(plain.writes).toEqual({ a: ['s3 bucket=states key=over'] });
  });

  test('and a state that can not be known says why, and is nobody’s', async () => {
    const { unknown, dependencies, warnings } = await edges({
      'elsewhere/terragrunt.hcl': registry,
      'partly/main.tf': 'terraform {\n  backend "s3" {\n    bucket = "states"\n  }\n}\n',
      'run/terragrunt.hcl': `${registry}${remoteState('${run_cmd("name")}')}`,
      'modules/m/main.tf': `variable "of" {}\n${reads('${var.of}')}`,
      'reader/terragrunt.hcl': `terraform {\n  source = "../modules/m"\n}\n${remoteState('reader')}`,
    });
    expect(unknown).toEqual({
      elsewhere: 'the module that the unit runs is not in the repository',
      partly: 'its key is given elsewhere than in the code',
      reader: undefined,
      run: 'run_cmd is not run while the graph is made',
    });
    expect(dependencies.reader).toEqual([]);
    expect(warnings).toEqual([
      "modules/m/main.tf:2:1: which state this reads can't be known: the variable of has no default.",
    ]);
  });

  test('below a directory, on units beside it, too', async () => {
    using repository = newRepository({
      'live/vpc/terragrunt.hcl': remoteState('vpc') + registry,
      'app/main.tf': s3('app') + reads('vpc'),
    });
    const graph = await discoverGraph(`${repository.directory}/app`, { config });
    expect(graph.map(({ path, dependencies }) => [path, dependencies])).toEqual([['app', ['live/vpc']]]);
  });
});

async function changed(before: Changes, changes: Changes) {
  using repository = newRepository(before);
  const base = repository.git('rev-parse', 'HEAD');
  const head = repository.commit(changes);
  return await discoverTouched(repository.directory, { base, head, config });
}
const errors = async (before: Changes, changes: Changes) =>
  Object.fromEntries((await changed(before, changes)).touched.map(({ path, error }) => [path, error]));
const told = async (before: Changes, changes: Changes) =>
  Object.fromEntries(
    (await changed(before, changes)).touched.map(({ path, change, reasons, movedFrom, stateBefore }) => [
      path,
      [change, ...reasons, ...(movedFrom ? [{ movedFrom }] : []), ...(stateBefore ? [{ stateBefore }] : [])],
    ]),
  );

describe('two units that write one state', () => {
  const same = 'a and b write the same state (s3 bucket=states key=one)';

  test('are a problem of both, told by the graph', async () => {
    using repository = newRepository({ 'a/main.tf': s3('one'), 'b/terragrunt.hcl': registry + remoteState('one') });
    const graph = await discoverGraph(repository.directory, { config });
    expect(graph.map(({ error }) => error)).toEqual([expect.stringContaining(same), expect.stringContaining(same)]);
  });

  test('fail both when a commit makes it so, alone when it touches one of them, and else stop nothing', async () => {
    const [a, b] = [1, 2].map(() => expect.stringContaining(same));
    expect(await errors({ 'a/main.tf': s3('one') }, { 'b/main.tf': s3('one') })).toEqual({ a, b });
    const both = { 'a/main.tf': s3('one'), 'b/main.tf': s3('one'), 'c/main.tf': s3('c') };
    expect(await errors(both, { 'b/more.tf': '' })).toEqual({ b });
    expect(await told(both, { 'c/more.tf': '' })).toEqual({ c: ['modified', 'more.tf added'] });
  });

  test('are mended by a state of its own for one, or by deleting one, which destroys nothing', async () => {
    const both = { 'a/main.tf': s3('one'), 'b/main.tf': s3('one') };
    expect(await told(both, { 'b/main.tf': null })).toEqual({
      a: ['modified', expect.stringContaining('could not be understood'), 'b, which had the same state, is gone'],
    });
  });

  test('are not those that can not be known, that lie in their own directories, or that only share candidates', async () => {
    const partly = 'terraform {\n  backend "s3" {\n    bucket = "states"\n  }\n}\n';
    const { found } = await edges({
      'a/main.tf': partly,
      'b/main.tf': partly,
      'c/main.tf': 'provider "aws" {}\n',
      'd/main.tf': 'provider "aws" {}\n',
      'e/terragrunt.hcl': registry,
      'f/terragrunt.hcl': registry,
      'g/main.tf': s3('g', '    workspace_key_prefix = "g"\n'),
      'h/main.tf': s3('g', '    workspace_key_prefix = "h"\n'),
    });
    const { noteSharedStates } = await import('../../../src/discovery/states/shared.ts');
    noteSharedStates(found);
    expect([...found.values()].filter(({ problem }) => problem)).toEqual([]);
  });
});

describe('a unit whose state another directory had', () => {
  test.each([
    ['Terraform', { 'net/main.tf': s3('net') }, { 'net/main.tf': null, 'platform/net/main.tf': s3('net') }],
    [
      'Terragrunt',
      { 'net/terragrunt.hcl': registry + remoteState('net') },
      { 'net/terragrunt.hcl': null, 'platform/net/terragrunt.hcl': registry + remoteState('net') },
    ],
    [
      'both, from one to the other',
      { 'net/main.tf': s3('net') },
      { 'net/main.tf': null, 'platform/net/terragrunt.hcl': registry + remoteState('net') },
    ],
  ])('is moved and nothing is destroyed, with %s', async (_, before, changes) => {
    expect(await told(before, changes)).toEqual({
      'platform/net': ['added', 'moved from net: its state stays', { movedFrom: 'net' }],
    });
  });

  test('and what reads it goes on reading it', async () => {
    const { touched, graph } = await changed(
      { 'net/main.tf': s3('net'), 'app/main.tf': s3('app') + reads('net') },
      { 'net/main.tf': null, 'platform/net/main.tf': s3('net') },
    );
    expect(touched.map(({ path }) => path)).toEqual(['platform/net']);
    expect(graph.find(({ path }) => path === 'app')?.dependencies).toEqual(['platform/net']);
  });

  test('is moved, too, where the directory became a module of the new one', async () => {
    expect(
      await told(
        { 'net/main.tf': `${s3('net')}provider "aws" {}\n` },
        {
          'net/main.tf': 'provider "aws" {}\n',
          'live/main.tf': `${s3('net')}module "net" {\n  source = "../net"\n}\n`,
        },
      ),
    ).toEqual({ live: ['added', 'moved from net: its state stays', { movedFrom: 'net' }] });
  });

  test('is another one when the state follows its path: the old one is destroyed', async () => {
    const unit = `include {\n  path = find_in_parent_folders("root.hcl")\n}\n${registry}`;
    const root = { 'root.hcl': remoteState('${path_relative_to_include()}') };
    expect(
      await told({ ...root, 'net/terragrunt.hcl': unit }, { 'net/terragrunt.hcl': null, 'new/terragrunt.hcl': unit }),
    ).toEqual({
      net: ['deleted', 'deleted'],
      new: ['added', 'new unit'],
    });
  });
});

describe('a unit that has another state now', () => {
  test('says which, and that what the old one holds stays in it', async () => {
    expect(await told({ 'net/main.tf': s3('net') }, { 'net/main.tf': s3('v2') })).toEqual({
      net: [
        'modified',
        'main.tf changed',
        'its state is another one now: from s3 bucket=states key=net to s3 bucket=states key=v2; what the old one holds stays in it',
        { stateBefore: 's3 bucket=states key=net' },
      ],
    });
  });

  test('leaves nothing behind where another unit has the old one', async () => {
    const { net } = await told({ 'net/main.tf': s3('net') }, { 'net/main.tf': s3('v2'), 'other/main.tf': s3('net') });
    expect(net?.at(-1)).toBe(
      'its state is another one now: from s3 bucket=states key=net to s3 bucket=states key=v2; other has the old one',
    );
  });

  test('says nothing of one that can not be known, before or after', async () => {
    const partly = 'terraform {\n  backend "s3" {}\n}\n';
    expect(await told({ 'net/main.tf': partly }, { 'net/main.tf': s3('net') })).toEqual({
      net: ['modified', 'main.tf changed'],
    });
  });
});

describe('a unit that is deleted while another reads its state', () => {
  const before = { 'net/main.tf': s3('net'), 'app/main.tf': s3('app') + reads('net') };

  test('is an error of both that says where and what to do', async () => {
    const sentence = expect.stringMatching(
      /^app\/main\.tf:7:1: app reads the state of net, which is deleted.*take the data source out of app, or keep net\.$/,
    );
    expect(await errors(before, { 'net/main.tf': null })).toEqual({ app: sentence, net: sentence });
  });

  test('is one with Terragrunt, too, and with a reader that comes with the very commit', async () => {
    const net = { 'net/terragrunt.hcl': registry + remoteState('net') };
    const app = { 'app/terragrunt.hcl': remoteState('app'), 'app/main.tf': reads('net') };
    const sentence = expect.stringContaining('app reads the state of net');
    const both = { app: sentence, net: sentence };
    expect(await errors({ ...net, ...app }, { 'net/terragrunt.hcl': null })).toEqual(both);
    expect(await errors(net, { ...app, 'net/terragrunt.hcl': null })).toEqual(both);
  });

  test('is destroyed once nothing reads it, after what read it', async () => {
    const { touched } = await changed(before, { 'net/main.tf': null, 'app/main.tf': s3('app') });
    expect(touched).toMatchObject([
      { path: 'app', change: 'modified' },
      { path: 'net', change: 'deleted', dependents: ['app'], writes: ['s3 bucket=states key=net'] },
    ]);
  });
});
