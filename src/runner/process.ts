/**
 * Runs one tool as the leader of its own process group, so that whatever it started ends with it.
 *
 * To stop a group it first gets SIGINT, which is what Ctrl-C sends: Terraform then finishes the call that it is in,
 * writes its state and frees the lock, and provider plugins ignore it (SIGTERM would kill them in the middle of a
 * request). What is still there after the grace gets SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { RunError } from '../errors.ts';
import { Lines } from './lines.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface ProcessRequest {
  /** A name on the PATH of `environment`, or a path. */
  command: string;
  args: readonly string[];
  directory: string;
  environment: NodeJS.ProcessEnv;
  /** Gets whole lines, and at the end what came without an end of line. */
  output: (text: string, stream: OutputStream) => void;
  /** Stops the process group when it aborts. */
  signal: AbortSignal;
  /** Milliseconds between asking the group to end and killing it. */
  grace?: number;
  /** Gets the group's id. */
  started?: ((group: number) => void) | undefined;
}

export const defaultGrace = 30_000;
/** For what changes resources: a call to a provider takes minutes, and what it makes must get into the state. */
export const applyGrace = 10 * 60_000;

/**
 * The exit code; 128 when a signal ended the process. Resolves once no process of the group is left and all output was handed on.
 * @throws RunError when the command can't be started
 */
export function runProcess(request: ProcessRequest): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  if (request.signal.aborted) return Promise.resolve(128);
  const child = spawn(request.command, request.args, {
    cwd: request.directory,
    env: request.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) request.started?.(child.pid);
  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = new Lines((text) => request.output(text, stream));
    child[stream]
      .setEncoding('utf8')
      .on('data', (text: string) => lines.write(text))
      .on('end', () => lines.end());
  }

  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(child, 'SIGINT');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), request.grace ?? defaultGrace);
  };
  request.signal.addEventListener('abort', stop, { once: true });

  // However this process ends, if it still can: nothing is left running that nobody watches.
  const abandon = () => signalGroup(child, 'SIGINT');
  process.once('exit', abandon);

  // A process that outlives its leader would hold the output open, and "close" would never come.
  child.on('exit', () => signalGroup(child, 'SIGKILL'));
  child.on('error', (error: NodeJS.ErrnoException) => reject(cannotStart(request, error)));
  child.on('close', (code) => resolve(code ?? 128));
  return promise.finally(() => {
    clearTimeout(killTimer);
    request.signal.removeEventListener('abort', stop);
    process.removeListener('exit', abandon);
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: the group is gone already
  }
}

function cannotStart(request: ProcessRequest, error: NodeJS.ErrnoException): RunError {
  if (error.code !== 'ENOENT') {
    return new RunError(`${request.command} could not be started: ${error.message}`, { cause: error });
  }
  const message = existsSync(request.directory)
    ? `${request.command} is not installed where this runs: install it, or put its directory on the PATH.`
    : `${request.command} could not be started, because ${request.directory} does not exist.`;
  return new RunError(message, { cause: error });
}
