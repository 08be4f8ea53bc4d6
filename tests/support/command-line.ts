/** Runs `live-ci` as its users do: as a process, straight from the sources. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'src', 'cli', 'main.ts');

/** What Node makes of the sources, kept from one run to the next: a command then starts in a third of the time. */
const compiled = join(root, '.tools', 'compiled');

export interface Said {
  code: number | null;
  out: string;
  error: string;
}

function started(
  directory: string,
  words: readonly string[],
  environment: Record<string, string | undefined>,
): ChildProcessByStdio<null, Readable, Readable> {
  const own = Object.entries(process.env).filter(([name]) => !/^(LIVE_CI|AWS|NODE_OPTIONS|FORCE_COLOR)/.test(name));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
    cwd: directory,
    env: { ...Object.fromEntries(own), NODE_COMPILE_CACHE: compiled, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The same when whoever reads its output goes away before there is any. */
export async function liveCiUnheard(directory: string, words: readonly string[]): Promise<Omit<Said, 'out'>> {
  const child = started(directory, words, {});
  child.stdout.destroy();
  const [error, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, error };
}

/** @param environment changes to this process's own, from which everything about a deployment is left out. */
export async function liveCi(
  directory: string,
  words: readonly string[],
  environment: Record<string, string | undefined> = {},
): Promise<Said> {
  const child = started(directory, words, environment);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, error };
}

/** The same, killed as soon as that holds of what it has said on standard error. */
export async function liveCiCutOff(
  directory: string,
  words: readonly string[],
  environment: Record<string, string | undefined>,
  holds: (said: string) => boolean,
): Promise<void> {
  const child = started(directory, words, environment);
  let said = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (holds(said)) child.kill('SIGKILL');
  });
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}
