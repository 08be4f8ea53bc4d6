/** Does what the documentation says, in the order in which a reader would, with a live repository of her own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { git } from '../../src/repository/git.ts';
import { blocksOf, documents } from '../support/docs.ts';
import { type LiveRepository, liveRepository } from '../support/live-repository.ts';
import { terraformUnit } from '../support/local-pipeline.ts';

jest.setTimeout(240_000);

let origin: LiveRepository;
let directory: string;
let state: string;

beforeAll(async () => {
  origin = await liveRepository();
  await origin.commit({
    'live-ci.config.yml': 'sync: commit\n',
    ...terraformUnit(origin.states, 'network', { value: 'one' }),
    ...terraformUnit(origin.states, 'app', { value: 'app', reads: ['network'] }),
  });
  directory = join(origin.states, '..', 'own');
  state = join(origin.states, '..', 'state');
  await git(origin.states, ['clone', '--quiet', origin.url, directory]);
});

afterAll(async () => {
  await run('live-ci local down');
  await origin[Symbol.asyncDispose]();
});

interface Ran {
  code: number;
  said: string;
}

function run(line: string): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const child = spawn('sh', ['-c', line], {
    cwd: directory,
    env: { ...process.env, XDG_STATE_HOME: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  child.on('error', reject);
  child.on('close', (code) => resolve({ code: code ?? 1, said }));
  return promise;
}

/** A reader waits until what she is told to do can be done: until a unit asks, or nothing runs any more. */
async function eventually(line: string): Promise<string> {
  let last: Ran = { code: 1, said: '' };
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(500)) {
    last = await run(line);
    if (last.code === 0) return last.said;
  }
  throw new Error(`"${line}" ended with ${last.code}: ${last.said}`);
}

async function follow(document: string): Promise<void> {
  const blocks = blocksOf(document).filter(({ language, where }) => language === 'sh' && where === '');
  expect(blocks.length).toBeGreaterThan(0);
  for (const { lines } of blocks) for (const line of lines) await eventually(line);
}

test('a reader of README.md delivers her own repository', async () => {
  await follow('README.md');
  expect(await eventually('live-ci status')).toContain('network');
});

test('a reader of docs/approve.md approves one unit, and declines the next with a rollback', async () => {
  await follow('docs/approve.md');
  await eventually('git fetch --quiet live-ci && git log -1 --format=%s live-ci/main | grep "^live-ci: put back"');
});

test('a reader of docs/operate.md sees what is going on', async () => {
  await follow('docs/operate.md');
});

test('a reader of docs/deploy.md goes on from the commit that put the units back, and records a baseline', async () => {
  await git(directory, ['pull', '--quiet', '--rebase', 'live-ci', 'main']);
  await follow('docs/deploy.md');
});

test('a reader of docs/discovery.md looks at what depends on what and at what the last commit touches', async () => {
  await follow('docs/discovery.md');
  expect(await eventually('live-ci graph')).toMatch(/unit\(s\), \d+ dependencies/);
});

test('every other command in the documentation says where it can be run', () => {
  const blocks = documents().flatMap(blocksOf);
  // The way of a new user on AWS, which new-user.test.ts goes.
  const places = ['', 'clone', 'package', 'live'];
  const elsewhere = blocks.filter(({ language, where }) => language === 'sh' && !places.includes(where));
  expect(elsewhere.map(({ file, where, lines }) => [file, where, ...lines])).toEqual([
    ['README.md', 'on-host', 'npm run demo'],
    ['README.md', 'on-host', 'npm test'],
    // Which setup.test.ts runs.
    ['README.md', 'on-host', expect.stringContaining('export PATH=')],
    [
      'docs/approve.md',
      'on-aws',
      expect.stringContaining('execution='),
      expect.stringContaining('lookup-events'),
      expect.stringContaining('jq'),
    ],
    ['docs/deploy.md', 'on-host', 'npm run demo -- --yes', expect.stringContaining('export PATH=')],
    // Which selftest.test.ts runs.
    ['docs/deploy.md', 'selftest', 'live-ci selftest --stage production'],
    ['docs/environments.md', 'in-unit', expect.stringContaining('"$LIVE_CI_TOOL" plan')],
    // Which notifications.test.ts runs.
    ['docs/notify.md', 'on-aws', expect.stringContaining('confirm-subscription')],
    ['docs/notify.md', 'on-aws', expect.stringContaining('sns subscribe')],
    ...['slack', 'teams'].map((kind) => [
      'docs/notify.md',
      'on-aws',
      'read -rs url',
      expect.stringContaining(`/live-ci/${kind} `),
    ]),
    [
      'docs/operate.md',
      'on-aws',
      expect.stringContaining('list-object-versions'),
      expect.stringContaining('--version-id'),
    ],
  ]);
  const followed = ['README.md', 'docs/approve.md', 'docs/operate.md', 'docs/deploy.md', 'docs/discovery.md'];
  const commands = blocks.filter(({ language, where }) => language === 'sh' && where === '');
  expect(commands.map(({ file }) => file).filter((file) => !followed.includes(file))).toEqual([]);
});
