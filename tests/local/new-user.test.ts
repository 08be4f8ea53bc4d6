/**
 * Follows docs/deploy.md on AWS as a new user does, from a clone and from the package: the page's own code blocks are run, on an emulator in
 * which CodeBuild is played. npm is played, too: what it would bring from the registry is there already.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { jest } from '@jest/globals';
import { zipSync } from 'fflate';
import type { DeliveryStatus } from '../../src/delivery/status.ts';
import { startEmulator } from '../../src/local/emulator.ts';
import { emulatorEnvironment } from '../../src/local/local-settings.ts';
import { toolPath } from '../../src/local/project.ts';
import { pollNow } from '../../src/local/stack.ts';
import { git } from '../../src/repository/git.ts';
import { blocksOf, root } from '../support/docs.ts';
import { installedIn, packed } from '../support/installed.ts';
import { liveRepository } from '../support/live-repository.ts';
import { endings, terraformUnit } from '../support/local-pipeline.ts';
import { playCodeBuild } from '../support/played-code-build.ts';

jest.setTimeout(300_000);

const page = 'docs/deploy.md';
const project = 'https://github.com/example-org/infrastructure-live-ci.git';

const started = new AsyncDisposableStack();
afterAll(() => started.disposeAsync());

let home: string;
let clone: string;
let live: string;
let environment: Record<string, string>;
let endpoint: string;
let push: (commit: string, before: string) => Promise<void>;

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'live-ci-new-user-')));
  started.defer(() => rm(home, { recursive: true, force: true }));
  clone = join(home, 'infrastructure-live-ci');
  const codeBuild = started.use(await playCodeBuild());
  const path = toolPath('own');
  const account = { MINISTACK_ACCOUNT_ID: '123456789012', LIVE_CI_CODEBUILD: codeBuild.url };
  const emulator = started.use(await startEmulator({ directory: join(home, 'emulator'), path, environment: account }));
  endpoint = emulator.endpoint;
  const repository = started.use(await liveRepository());
  codeBuild.surround({ endpoint, repository: repository.url, path: await imageWithoutTerraform() });
  push = (commit, before) => codeBuild.push('live-ci-production-enqueue', commit, before);
  live = join(home, 'infrastructure-live');
  await git(home, ['clone', '--quiet', repository.url, live]);
  for (const [file, content] of Object.entries(terraformUnit(repository.states, 'network', { value: 'one' }))) {
    await mkdir(join(live, file, '..'), { recursive: true });
    await writeFile(join(live, file), content ?? '');
  }
  await git(live, ['add', '--all']);
  await git(live, ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '--quiet', '-m', 'a network']);
  environment = {
    ...emulatorEnvironment(endpoint),
    PATH: `${await programs()}:${path}`,
    HOME: home,
    TMPDIR: home,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${root}.insteadOf`,
    GIT_CONFIG_VALUE_0: project,
    SLS_NOTIFICATIONS_MODE: 'off',
  };
});

/** What `curl` of the builds brings: a zip with a `terraform`. @returns its SHA-256 */
async function playedRelease(): Promise<string> {
  const terraform = Buffer.from(`#!/bin/sh\nexec '${join(root, '.tools', 'bin', 'terraform')}' "$@"\n`);
  const zip = zipSync({ terraform: [terraform, { os: 3, attrs: 0o100755 << 16 }] });
  await writeFile(join(home, 'release.zip'), zip);
  return createHash('sha256').update(zip).digest('hex');
}

/** PATH of an image without Terraform: node, git, what a system has, and the `curl` that is played. */
async function imageWithoutTerraform(): Promise<string> {
  const folder = join(home, 'image');
  await mkdir(folder);
  const brings = `[ "$1" = -fsSo ] || exit 1; case "$3" in https://releases.hashicorp.com/*.zip) cp '${home}/release.zip' "$2" ;; *) exit 22 ;; esac`;
  await writeFile(join(folder, 'curl'), `#!/bin/sh\n${brings}\n`, { mode: 0o755 });
  await symlink(process.execPath, join(folder, 'node'));
  const system = [folder, '/usr/bin', '/bin'];
  expect(system.filter((one) => existsSync(join(one, 'terraform')))).toEqual([]);
  return system.join(':');
}

/** A folder with the `npm` that is played, and the clone's `live-ci`. */
async function programs(): Promise<string> {
  const folder = join(home, 'bin');
  const modules = join(root, 'node_modules');
  const scripts = {
    npm: `case "$1" in ci) ln -s '${modules}' node_modules && node build.js ;; esac`,
    'live-ci': `exec node '${join(clone, 'dist', 'live-ci.js')}' "$@"`,
  };
  await mkdir(folder);
  for (const [name, script] of Object.entries(scripts))
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

/** @throws with what was said, when a line fails */
async function run(directory: string, ...lines: string[]): Promise<string> {
  const script = ['set -e', 'exec 2>&1', ...lines].join('\n');
  const child = spawn('sh', ['-c', script], { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = await text(child.stdout);
  if ((await ended) !== 0) throw new Error(`${lines.join('; ')}\n${said}`);
  return said;
}

/** A user tries again until what she is told to do can be done. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 120_000; ; await delay(500)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

const blocks = (language: string, where: string) =>
  blocksOf(page)
    .filter((block) => block.language === language && block.where === where)
    .map(({ lines }) => lines);

test('from a clone, with a few lines of configuration, she deploys', async () => {
  const [bring = [], deploy = []] = blocks('sh', 'clone');
  await run(home, ...bring);
  const [settings = []] = blocks('yaml', 'config');
  expect(settings.filter((line) => /^ *(\w+): \S/.test(line))).toHaveLength(5);
  // HashiCorp's release is played; its checksum is that of what is played, and else everything is as printed.
  const printed = settings.join('\n');
  expect(printed.match(/\b[0-9a-f]{64}\b/g)).toHaveLength(1);
  await writeFile(join(clone, 'live-ci.config.yml'), printed.replace(/\b[0-9a-f]{64}\b/, await playedRelease()));
  expect(await run(clone, ...deploy)).toContain('Service deployed to stack live-ci-production');
});

test('she pushes, approves the plan, and it is applied', async () => {
  const [[pushes = '', ...others] = []] = blocks('sh', 'live');
  await run(live, pushes);
  // GitHub and EventBridge.
  await push((await git(live, ['rev-parse', 'HEAD'])).trim(), '0'.repeat(40));
  await pollNow(endpoint, 'live-ci-production-poll');
  for (const line of others) await eventually(() => run(live, line));
  await eventually(async () => {
    const status: DeliveryStatus = JSON.parse(await run(live, 'live-ci status --stage production --json')).delivery;
    expect(endings(status)).toEqual({ network: 'applied' });
  });
});

test('from the package, with ten lines, she deploys the same stack again, with a part of her own', async () => {
  await using tarball = await packed();
  await using service = await installedIn('own-serverless', tarball);
  const [shown = []] = blocks('yaml', 'serverless');
  const example = await readFile(join(service.directory, 'serverless.yml'), 'utf8');
  expect(example.trim().split('\n').slice(1)).toEqual(shown);
  await cp(join(clone, 'live-ci.config.yml'), join(service.directory, 'live-ci.config.yml'));
  const [deploy = []] = blocks('sh', 'package');
  expect(await run(service.directory, ...deploy)).toContain('Service deployed to stack live-ci-production');
  const client = new CloudFormationClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'live-ci-production' }));
  expect(Stacks?.[0]?.Outputs).toContainEqual(
    expect.objectContaining({ OutputKey: 'Owner', OutputValue: 'platform-team@example.org' }),
  );
});
