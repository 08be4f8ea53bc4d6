import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { descendants, isAlive } from '../../src/local/process-tree.ts';
import { projectRoot } from '../../src/local/project.ts';

jest.setTimeout(300_000);

let temporary: string;
let demo: ChildProcess | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'live-ci-test-'));
});
afterEach(async () => {
  demo?.kill('SIGKILL');
  await rm(temporary, { recursive: true, force: true });
});

/** Starts the demo and resolves with all of its processes when it has printed `line`. */
async function demoUntil(line: RegExp): Promise<number[]> {
  const program = join(projectRoot(), 'src', 'local', 'demo', 'main.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, '--yes', '--keep', '--terraform'],
    {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  demo = child;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    if (line.test(said)) resolve();
  });
  child.on('close', () => reject(new Error(`The demo ended early: ${said}`)));
  await promise;
  return descendants(child.pid ?? 0);
}

async function ended(child: ChildProcess | undefined): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child?.once('close', resolve);
  return promise;
}

test.each([
  ['while the stack is being deployed', /deploying/],
  ['while a unit is being planned', /approve +platform\/network/],
])('Ctrl-C %s leaves no process and no file behind', async (_when, line) => {
  const processes = await demoUntil(line);
  expect(processes).not.toEqual([]);
  const over = ended(demo);
  demo?.kill('SIGINT');
  expect(await over).toBe(130);
  for (const pid of processes) expect(await isAlive(pid)).toBe(false);
  expect((await readdir(temporary)).filter((name) => name.startsWith('live-ci-demo'))).toEqual([]);
});

test('a demo that is killed leaves no process behind either', async () => {
  const processes = await demoUntil(/approve +platform\/network/);
  demo?.kill('SIGKILL');
  const deadline = Date.now() + 20_000;
  for (const pid of processes) while ((await isAlive(pid)) && Date.now() < deadline);
  for (const pid of processes) expect(await isAlive(pid)).toBe(false);
  expect(existsSync(temporary)).toBe(true);
});
