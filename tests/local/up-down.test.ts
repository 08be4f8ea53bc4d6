import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { isAlive } from '../../src/local/process-tree.ts';
import { projectRoot, toolPath } from '../../src/local/project.ts';
import { readRecord } from '../../src/local/record.ts';
import { terraformUnit } from '../support/local-pipeline.ts';

jest.setTimeout(300_000);

let directory: string;
let repository: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'live-ci-test-')));
  repository = join(directory, 'my live repository');
  process.env.XDG_STATE_HOME = join(directory, 'state');
  await mkdir(repository);
  await run('git', ['init', '--quiet', '--initial-branch=main']);
  await run('git', ['config', 'user.email', 'somebody@example.org']);
  await run('git', ['config', 'user.name', 'Somebody']);
});
afterEach(async () => {
  await cli('local', 'down').catch(() => {});
  delete process.env.XDG_STATE_HOME;
  await rm(directory, { recursive: true, force: true });
});

const run = async (command: string, args: string[]) =>
  (await promisify(execFile)(command, args, { cwd: repository, env: { ...process.env, PATH: toolPath('own') } }))
    .stdout;
const cli = (...args: string[]) => run(process.execPath, [join(projectRoot(), 'dist', 'live-ci.js'), ...args]);

async function commit(value: string): Promise<void> {
  for (const [path, text] of Object.entries(terraformUnit(join(directory, 'states'), 'app', { value }))) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text ?? '');
  }
  await run('git', ['add', '--all']);
  await run('git', ['commit', '--quiet', '--message', value]);
  await run('git', ['push', '--quiet', 'live-ci', 'main']);
}

async function approveWhenItWaits(): Promise<void> {
  for (let done = false; !done; )
    done = await cli('approve', 'app')
      .then(() => true)
      .catch(() => false);
  for (let state = ''; state !== 'ended'; ) state = JSON.parse(await cli('status', '--json')).delivery.state;
}

test('a person delivers their own live repository on their machine, stops, and goes on another day', async () => {
  expect(await cli('local', 'up')).toMatch(/delivering with terraform \d+\.\d+\.\d+ \(\/.*\/terraform\)/);
  const first = readRecord(repository);
  expect(first && (await isAlive(first.pid))).toBe(true);
  expect(await run('git', ['status', '--porcelain', '--ignored'])).toBe('');
  expect(await cli('local', 'up')).toContain('already running');

  await commit('one');
  await approveWhenItWaits();
  expect(await readFile(join(directory, 'states', 'app.tfstate'), 'utf8')).toContain('"one"');

  expect(await cli('local', 'down')).toContain('has ended');
  expect(first && (await isAlive(first.pid))).toBe(false);
  expect(await cli('local', 'down')).toContain('was not running');

  await cli('local', 'up');
  await commit('two');
  await approveWhenItWaits();
  expect(await readFile(join(directory, 'states', 'app.tfstate'), 'utf8')).toContain('"two"');
  const { delivery } = JSON.parse(await cli('status', '--json'));
  expect(delivery.units).toMatchObject([{ path: 'app', change: 'modified', state: 'applied' }]);
});
