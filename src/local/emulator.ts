/** The AWS emulator as a value: started, waited for, and ended with everything that runs in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LiveCiError } from '../errors.ts';
import { withoutAws } from './local-settings.ts';
import { endTree } from './process-tree.ts';
import { emulatorPython, projectRoot } from './project.ts';

export interface EmulatorOptions {
  /** Everything that the emulator writes goes here: its log, its temporary files, what it keeps. */
  directory: string;
  /** A free one is chosen when none is given. */
  port?: number;
  /** PATH inside of the emulator: its Lambdas run the `node` that is found there. */
  path?: string;
  /** Keep buckets, queues and state machines in `directory` for the next start. */
  persist?: boolean;
  /** Added to the emulator's own environment: its settings. */
  environment?: Record<string, string>;
  /** A Python program that runs the emulator; the product's, unless given. */
  program?: string;
}

export interface Emulator extends AsyncDisposable {
  endpoint: string;
  port: number;
  pid: number;
  log: string;
  /** Resolves when no process of it is left. */
  stop(): Promise<void>;
  /** Lets it go on when this process ends, however that comes about; somebody must end it by its process id. */
  letGo(): Promise<void>;
}

const startMilliseconds = 60_000;
const tries = 5;

/** @throws LiveCiError when the port is taken or the emulator doesn't come up, with the end of its log. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  if (options.port !== undefined) {
    if (!(await canListen(options.port))) throw portTaken(options.port);
    return launch(options, options.port);
  }
  for (let attempt = 1; ; attempt++) {
    // Between finding a port free and the emulator's listening on it, somebody else may take it.
    const port = await freePort();
    try {
      return await launch(options, port);
    } catch (error) {
      if (attempt === tries || !(error instanceof LiveCiError) || error.code !== 'port-taken') throw error;
    }
  }
}

async function launch(options: EmulatorOptions, port: number): Promise<Emulator> {
  const log = join(options.directory, 'emulator.log');
  const child = spawnEmulator(options, port, log);
  const endpoint = `http://127.0.0.1:${port}`;
  const pid = child.pid ?? 0;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) await endTree(pid);
  };
  try {
    await answers(endpoint, child, log);
  } catch (error) {
    await stop();
    if (existsSync(log) && /already in use/i.test(endOf(log))) throw portTaken(port);
    throw error;
  }
  const letGo = () => new Promise<void>((done) => child.stdin?.end('go on', done));
  return { endpoint, port, pid, log, stop, letGo, [Symbol.asyncDispose]: stop };
}

function spawnEmulator(options: EmulatorOptions, port: number, log: string): ChildProcess {
  const { directory, persist = false, environment = {} } = options;
  const { program = join(projectRoot(), 'src', 'local', 'emulator.py') } = options;
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const logFile = openSync(log, 'a');
  const child = spawn(emulatorPython(), [program], {
    cwd: directory,
    detached: true,
    stdio: ['pipe', logFile, logFile],
    env: {
      ...withoutAws(process.env),
      PATH: options.path ?? `${dirname(process.execPath)}:${process.env.PATH}`,
      PYTHONUNBUFFERED: '1',
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      SFTP_ENABLED: '0',
      IOT_MTLS_ENABLED: '0',
      STATE_DIR: join(directory, 'state'),
      S3_DATA_DIR: join(directory, 's3'),
      PERSIST_STATE: persist ? '1' : '0',
      S3_PERSIST: persist ? '1' : '0',
      ...environment,
    },
  });
  closeSync(logFile);
  child.on('error', () => {}); // told by `answers`
  child.unref();
  (child.stdin as unknown as { unref?(): void } | null)?.unref?.();
  return child;
}

async function answers(endpoint: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + startMilliseconds;
  while (Date.now() < deadline) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) break;
    const ready = await fetch(`${endpoint}/_ministack/ready`, { signal: AbortSignal.timeout(2000) }).catch(
      () => undefined,
    );
    if (ready?.ok) return;
    await delay(50);
  }
  throw new LiveCiError('local', `The AWS emulator did not start; its log ${log} ends with:\n${endOf(log)}`);
}

function endOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

function portTaken(port: number): LiveCiError {
  return new LiveCiError(
    'port-taken',
    `Port ${port} on 127.0.0.1 is taken by another program; stop that, or choose another port with --port.`,
  );
}

function canListen(port: number): Promise<boolean> {
  return listen(port).then(
    (close) => close().then(() => true),
    () => false,
  );
}

async function freePort(): Promise<number> {
  let port = 0;
  const close = await listen(0, (chosen) => {
    port = chosen;
  });
  await close();
  return port;
}

function listen(port: number, tell: (port: number) => void = () => {}): Promise<() => Promise<void>> {
  const { promise, resolve, reject } = Promise.withResolvers<() => Promise<void>>();
  const server = createServer();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    if (address && typeof address === 'object') tell(address.port);
    resolve(() => new Promise((done) => server.close(() => done())));
  });
  return promise;
}
