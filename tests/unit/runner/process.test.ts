import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessRequest, runProcess } from '../../../src/runner/process.ts';

/** Runs a script in the shell, gathering what it says and calling `onText` for each piece. */
function shell(script: string, changes: Partial<ProcessRequest> = {}, onText: (text: string) => void = () => {}) {
  const said: string[] = [];
  const code = runProcess({
    command: 'sh',
    args: ['-c', script],
    directory: tmpdir(),
    environment: process.env,
    output: (text) => {
      said.push(text);
      onText(text);
    },
    signal: new AbortController().signal,
    ...changes,
  });
  return code.then((value) => ({ code: value, said: said.join('') }));
}

/** A process that is dead, but that nobody has waited for yet, no longer runs. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !(existsSync('/proc') && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  } catch {
    return false;
  }
}

/** The kernel takes its time to end what was killed; the test's own time runs out when it never does. */
async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise(setImmediate);
}

const pidsIn = (said: string) => said.trim().split(/\s+/).map(Number);

describe('a process', () => {
  test('its output and exit code come back', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toMatchObject({
      code: 3,
      said: expect.stringContaining('out'),
    });
  });

  test('an argument is data, whatever is in it', async () => {
    const odd = ['$(echo no)', "it's", 'a "b" c', '-x', '*'];
    const result = await shell('', { command: 'printf', args: ['%s\n', ...odd] });
    expect(result.said.trimEnd().split('\n')).toEqual(odd);
  });

  test('when it ends, what it left in the background is ended too', async () => {
    const { said, code } = await shell('sleep 1000 & echo $!');
    expect(code).toBe(0);
    await Promise.all(pidsIn(said).map(gone));
  });

  test('stopping it gives it the time to clean up', async () => {
    const stop = new AbortController();
    const ready = (text: string) => text.includes('ready') && stop.abort();
    const script = "trap 'echo cleaned up; exit 7' INT; echo ready; while :; do sleep 0.05; done";
    expect(await shell(script, { signal: stop.signal }, ready)).toEqual({ code: 7, said: 'ready\ncleaned up\n' });
  });

  test('one that will not stop is killed with all that it started', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'live-ci-test-'));
    const stop = new AbortController();
    const ready = (text: string) => text.includes('ready') && stop.abort();
    const deaf = "trap '' INT TERM; sh -c 'echo $$; sleep 1000' & echo $$ $! > pids; echo ready; wait; sleep 1000";
    const { code } = await shell(deaf, { signal: stop.signal, grace: 50, directory }, ready);
    expect(code).toBe(128);
    await Promise.all(pidsIn(await readFile(join(directory, 'pids'), 'utf8')).map(gone));
    await rm(directory, { recursive: true });
  });

  test('it is asked to end when what runs it breaks down', async () => {
    const source = join(import.meta.dirname, '../../../src/runner/process.ts');
    const directory = await mkdtemp(join(tmpdir(), 'live-ci-test-'));
    const watching = watch(directory)[Symbol.asyncIterator]();
    const asked = watching.next();
    const breaksDown = `
      import { runProcess } from ${JSON.stringify(source)};
      runProcess({
        command: 'sh',
        args: ['-c', "trap 'echo asked > asked; exit' INT; echo ready; while :; do sleep 0.05; done"],
        directory: ${JSON.stringify(directory)},
        environment: process.env,
        output: (text) => { if (text.includes('ready')) throw new Error('broken'); },
        signal: new AbortController().signal,
      });`;
    const { code, said } = await shell('', {
      command: process.execPath,
      args: ['--input-type=module-typescript', '-e', breaksDown],
    });
    expect(said).toContain('Error: broken');
    expect(code).toBe(1);
    expect((await asked).value?.filename).toBe('asked');
    await watching.return?.();
    await rm(directory, { recursive: true });
  });

  test('a tool that is not installed is an error that names it', async () => {
    await expect(shell('', { command: 'no-such-tool' })).rejects.toThrow(
      'no-such-tool is not installed where this runs: install it, or put its directory on the PATH.',
    );
  });
});
