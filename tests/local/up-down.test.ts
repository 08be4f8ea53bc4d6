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

/** Answers what the push said. */
async function commit(value: string): Promise<string> {
  for (const [path, text] of Object.entries(terraformUnit(join(directory, 'states'), 'app', { value }))) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text ?? '');
  }
  await run('git', ['add', '--all']);
  await run('git', ['commit', '--quiet', '--message', value]);
  return (await promisify(execFile)('git', ['push', 'live-ci', 'main'], { cwd: repository })).stderr;
}

async function eventually<T>(look: () => Promise<T | false>): Promise<T> {
  for (;;) {
    const found = await look().catch(() => false as const);
    if (found !== false) return found;
  }
}

const status = async () => JSON.parse(await cli('status', '--json')).delivery;
const asks = (subject: string) =>
  eventually(async () => {
    const delivery = await status();
    return delivery.subject === subject && delivery.units[0].state === 'waiting-for-approval' && delivery;
  });

async function approve(subject: string): Promise<void> {
  await asks(subject);
  await cli('approve', 'app', '--yes');
  await eventually(async () => (await status()).state === 'ended');
  expect(await readFile(join(directory, 'states', 'app.tfstate'), 'utf8')).toContain(`"${subject}"`);
}

test('a person delivers their own live repository on their machine, stops, and goes on another day', async () => {
  expect(await cli('local', 'up')).toMatch(/delivering with terraform \d+\.\d+\.\d+ \(\/.*\/terraform\)/);
  const first = readRecord(repository);
  expect(first && (await isAlive(first.pid))).toBe(true);
  expect(await run('git', ['status', '--porcelain', '--ignored'])).toBe('');
  expect(await cli('local', 'up')).toContain('already running');
  await commit('one');
  await approve('one');

  // One waits for its approval, and another is pushed while the stack is down.
  await commit('two');
  const { delivery: before } = await asks('two');
  expect(await cli('local', 'down')).toContain('has ended');
  expect(first && (await isAlive(first.pid))).toBe(false);
  expect(await cli('local', 'down')).toContain('was not running');
  expect(await commit('three')).toContain('live-ci local up takes it up when the stack was down');

  const said = await cli('local', 'up');
  const again = before.replace(/1$/, '2');
  expect(said).toContain(`${before} was interrupted; what was open goes on as ${again}, and asks again`);
  expect(said).toMatch(/taking up (\w{12}), which was pushed[\s\S]*\1 is enqueued as number 3/);
  expect((await asks('two')).delivery).toBe(again);
  await cli('approve', 'app', '--yes');
  await approve('three');
});
