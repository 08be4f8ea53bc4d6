import { toldDoubts } from '../../../src/discovery/doubts.ts';
import { compareTrees } from '../../../src/discovery/touched.ts';
import { discoverTree } from '../../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../../support/memory-tree.ts';
import { configWith } from './repository.ts';

const backend = (type: string, content: string) => `terraform {\n  backend "${type}" {\n${content}\n  }\n}\n`;
const reading = (type: string, content: string) =>
  `data "terraform_remote_state" "r" {\n  backend = "${type}"\n  config = {\n${content}\n  }\n}\n`;
const own = backend('s3', '    bucket = "other"\n    key    = "app"');

async function warnings(files: TreeFiles, options: Parameters<typeof discoverTree>[2] = {}) {
  const found = await discoverTree(memoryTree(files), undefined, options);
  return { told: toldDoubts(found.values()), dependencies: found.get('app')?.unit.dependencies };
}

describe('who reads a state that may be one which can not be known is told of', () => {
  test.each<[string, string, string, string]>([
    [
      'a bucket is given elsewhere',
      backend('s3', '    key = "net"'),
      reading('s3', '    bucket = "states"\n    key = "net"'),
      's3 bucket=? key=net',
    ],
    [
      'all is given elsewhere',
      backend('s3', ''),
      reading('s3', '    bucket = "b"\n    key = "k"'),
      's3 bucket=? key=?',
    ],
    [
      'the reader names a workspace',
      backend('s3', '    key = "net"'),
      reading('s3', '    bucket = "states"\n    key = "env:/prod/net"'),
      's3 bucket=? key=net',
    ],
    [
      'an address is',
      backend('http', ''),
      reading('http', '    address = "https://example.org/net"'),
      'http address=?',
    ],
    [
      'the environment may say more of it',
      backend('pg', '    schema_name = "net"'),
      reading('pg', '    schema_name = "net"\n    conn_str = "postgres://db.example.org/states"'),
      'pg schema_name=net',
    ],
    [
      'an organization is',
      'terraform {\n  cloud {\n    workspaces {\n      name = "net"\n    }\n  }\n}\n',
      reading('remote', '    organization = "example-org"\n    workspaces = { name = "net" }'),
      'remote organization=? name=net',
    ],
    [
      'a workspace is',
      'terraform {\n  cloud {\n    organization = "example-org"\n  }\n}\n',
      reading('remote', '    organization = "example-org"\n    workspaces = { name = "net" }'),
      'remote organization=example-org name=? prefix=?',
    ],
  ])('%s', async (_, net, reads, known) => {
    const files = { 'net/main.tf': net, 'app/main.tf': own + reads };
    const { told, dependencies } = await warnings(files);
    expect(dependencies).toEqual([]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^app\/main\.tf:7:1: app reads .* may be the state of net, which can't be known: .*app/);
    expect(told[0]).toContain(`(${known})`);
  });

  test('not where one thing is another one, where the state is found, or where the configuration says what it is', async () => {
    const net = backend('s3', '    key = "net"');
    const reads = (key: string) => own + reading('s3', `    bucket = "states"\n    key = "${key}"`);
    expect((await warnings({ 'net/main.tf': net, 'app/main.tf': reads('dns') })).told).toEqual([]);
    expect((await warnings({ 'net/main.tf': backend('gcs', ''), 'app/main.tf': reads('net') })).told).toEqual([]);
    const known = backend('s3', '    bucket = "states"\n    key = "net"');
    const both = { 'net/main.tf': net, 'other/main.tf': known, 'app/main.tf': reads('net') };
    expect(await warnings(both)).toEqual({ told: [], dependencies: ['other'] });
    const config = configWith({ extraDependencies: { app: ['net'] } });
    const listed = await warnings({ 'net/main.tf': net, 'app/main.tf': reads('net') }, { config });
    expect(listed).toEqual({ told: [], dependencies: ['net'] });
  });

  test('also where the arguments of init name a file that is not there, and for a unit of Terragrunt', async () => {
    const files = {
      'net/terragrunt.hcl':
        'terraform {\n  source = "tfr:///example/x/aws"\n}\nremote_state {\n  backend = "s3"\n  config = {\n    bucket = run_cmd("bucket")\n    key = "net"\n  }\n}\n',
      'dns/main.tf': backend('s3', '    key = "dns"'),
      'app/main.tf': own + reading('s3', '    bucket = "states"\n    key = "net"'),
      'db/main.tf': own.replace('app', 'db') + reading('s3', '    bucket = "states"\n    key = "dns"'),
    };
    const { told } = await warnings(files, { environment: { TF_CLI_ARGS_init: '-backend-config=../gone.hcl' } });
    expect(told).toEqual([
      expect.stringContaining(
        "may be the state of net, which can't be known: run_cmd is not run while the graph is made (s3 bucket=? key=net)",
      ),
      expect.stringContaining(
        "may be the state of dns, which can't be known: the file ../gone.hcl for it is not in the repository (s3 bucket=? key=dns)",
      ),
    ]);
  });

  test('several: those first of which the most is known', async () => {
    const { told } = await warnings({
      'a/main.tf': backend('s3', ''),
      'net/main.tf': backend('s3', '    key = "net"'),
      'app/main.tf': own + reading('s3', '    bucket = "states"\n    key = "net"'),
    });
    expect(told[0]).toContain('may be the state of net, a, ');
  });

  test('a push tells it when it touches either of them, or what one of them depends on, and is quiet otherwise', async () => {
    const files: TreeFiles = {
      'net/main.tf': `${backend('s3', '    key = "net"')}${reading('s3', '    bucket = "states"\n    key = "base"')}`,
      'base/main.tf': backend('s3', '    bucket = "states"\n    key = "base"'),
      'app/main.tf': own + reading('s3', '    bucket = "states"\n    key = "net"'),
      'dns/main.tf': backend('s3', '    bucket = "states"\n    key = "dns"'),
    };
    const told = async (change: TreeFiles, before: TreeFiles = files) => {
      const [baseTree, headTree] = [memoryTree(before), memoryTree({ ...files, ...change })];
      const trees = { before: await discoverTree(baseTree), after: await discoverTree(headTree), baseTree, headTree };
      return compareTrees(trees, { config: configWith() }).warnings.length;
    };
    for (const unit of ['net', 'app', 'base']) expect(await told({ [`${unit}/more.tf`]: '' })).toBe(1);
    expect(await told({ 'dns/more.tf': '', 'README.md': '' })).toBe(0);
    expect(await told({}, {})).toBe(1);
  });
});
