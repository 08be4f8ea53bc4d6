/** Runs one build on this machine: the `live-ci run` command, in its own process group, answered as CodeBuild would. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../errors.ts';
import type { RunResult } from '../model.ts';

export interface BuildRequest {
  action: RunResult['action'] | 'sync';
  delivery: string;
  unit?: string | undefined;
  plan?: string | undefined;
}

/** The part of a CodeBuild `Build` that the pipeline reads (CodeBuild API reference, `Build`). */
export interface BuildAnswer {
  Build: { BuildStatus: 'SUCCEEDED'; ExportedEnvironmentVariables: { Name: string; Value: string }[] };
}

/**
 * @param signal stops it: the tool gets the time to write its state and to free its lock.
 * @throws RunError with the end of the build's output when it does not succeed.
 */
export async function runBuild(
  request: BuildRequest,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<BuildAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'live-ci-build-'));
  try {
    const resultFile = join(folder, 'result.json');
    await runCli(commandLine(request, resultFile), environment, signal);
    const value = await readFile(resultFile, 'utf8');
    return {
      Build: { BuildStatus: 'SUCCEEDED', ExportedEnvironmentVariables: [{ Name: 'LIVE_CI_RESULT', Value: value }] },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function commandLine({ action, delivery, unit, plan }: BuildRequest, resultFile: string): string[] {
  return [
    'run',
    action,
    `--delivery=${delivery}`,
    ...(unit ? [`--unit=${unit}`] : []),
    ...(plan ? [`--plan=${plan}`] : []),
    `--result-file=${resultFile}`,
  ];
}

/** The Lambda has 15 minutes. SIGTERM a minute before lets the tool write its state, free its lock and say so. */
const longest = 14 * 60_000;

function runCli(args: string[], environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cli = environment.LIVE_CI_CLI ?? '';
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...environment, PATH: environment.LIVE_CI_PATH ?? environment.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longest,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  let tail = '';
  const keepTail = (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout.on('data', keepTail);
  child.stderr.on('data', keepTail);
  child.on('error', (error) => reject(new RunError(`${cli} could not be started: ${error.message}`, { cause: error })));
  child.on('close', (code) => {
    if (code === 0) resolve();
    else reject(new RunError(`live-ci ${args.slice(0, 2).join(' ')} ended with ${code}: ${tail.trim()}`));
  });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
