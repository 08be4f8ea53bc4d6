import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { descendants, isAlive } from '../../src/local/process-tree.ts';
import { projectRoot } from '../../src/local/project.ts';
import { approveAt } from '../support/approve-on-page.ts';

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

const program = join(projectRoot(), 'src', 'local', 'demo', 'main.ts');
const scripted = [process.execPath, '--disable-warning=ExperimentalWarning', program, '--yes', '--keep', '--terraform'];

/** Gives what it starts a terminal of its own, whose keyboard and screen are pipes. */
const terminal = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
const atTerminal = ['python3', '-c', terminal, ...scripted.filter((word) => !['--yes', '--keep'].includes(word))];

/** Starts the demo; what it has printed is found with `until`, which goes on behind what it found before. */
function startDemo([command = '', ...words]: string[]) {
  const child = spawn(command, words, {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  demo = child;
  let said = '';
  let look = () => {};
  let failed: ((error: Error) => void) | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    look();
  });
  child.on('close', () => failed?.(new Error(`The demo ended early: ${said}`)));
  const until = (what: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      failed = reject;
      const late = setTimeout(() => reject(new Error(`The demo does not say ${what}, but: ${said}`)), 60_000);
      look = () => {
        const found = what.exec(said);
        if (found === null) return;
        clearTimeout(late);
        said = said.slice(found.index + found[0].length);
        look = () => {};
        resolve(found);
      };
      look();
    });
  return { child, until, processes: () => descendants(child.pid ?? 0) };
}

async function ended(child: ChildProcess): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  return promise;
}

/** At once, or soon where nobody waits for it. */
async function expectNothingLeft(processes: number[], soon = 0): Promise<void> {
  const folders = async () => (await readdir(temporary)).filter((name) => name.startsWith('live-ci-demo'));
  const isLeft = async () => (await folders()).length > 0 || (await Promise.all(processes.map(isAlive))).includes(true);
  const deadline = Date.now() + soon;
  while (Date.now() < deadline && (await isLeft())) await delay(100);
  for (const pid of processes) expect(await isAlive(pid)).toBe(false);
  expect(await folders()).toEqual([]);
}

test('Ctrl-C while the stack is being deployed leaves no process and no file behind', async () => {
  const { child, until, processes } = startDemo(scripted);
  await until(/deploying/);
  const running = await processes();
  expect(running).not.toEqual([]);
  const over = ended(child);
  child.kill('SIGINT');
  expect(await over).toBe(130);
  await expectNothingLeft(running);
});

test('a demo that is killed leaves no process behind either', async () => {
  const { child, until, processes } = startDemo(scripted);
  await until(/approve +platform\/network/);
  const running = await processes();
  child.kill('SIGKILL');
  const deadline = Date.now() + 20_000;
  for (const pid of running) while ((await isAlive(pid)) && Date.now() < deadline);
  for (const pid of running) expect(await isAlive(pid)).toBe(false);
  expect(existsSync(temporary)).toBe(true);
});

test('the person at the terminal approves on the page while it asks, then there, and leaves with Ctrl-C', async () => {
  const { child, until, processes } = startDemo(atTerminal);
  const link = /approval page: .*?(http[\w:/.-]+)[^\w:/.-]/;
  const asks = /(platform\/\w+).* plans .*iew the plan\? /;
  const [, first = ''] = await until(link);
  expect((await until(asks))[1]).toBe('platform/network');
  await approveAt(first);
  await until(/answered elsewhere/);
  await until(/apply +platform\/network +done/);
  await until(link);
  const [, second = ''] = await until(asks);
  child.stdin.write('a\n');
  await until(new RegExp(`${second}: approved\\.`));
  const running = await processes();
  const over = ended(child);
  child.stdin.write('\u0003');
  expect(await over).toBe(130);
  await expectNothingLeft(running);
});

test('a terminal that is closed while it asks leaves no process and no file behind', async () => {
  const { child, until, processes } = startDemo(atTerminal);
  await until(/iew the plan\? /);
  const running = await processes();
  child.kill('SIGKILL');
  await expectNothingLeft(running, 20_000);
});
