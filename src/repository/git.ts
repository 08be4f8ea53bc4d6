/** Runs git. Arguments are data: nothing passes through a shell, and a hook's own GIT_* variables are left behind. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GitError } from '../errors.ts';
import { gitCredentials } from './credentials.ts';

export interface GitOptions {
  /** Written to git's standard input. */
  input?: string | Uint8Array;
  /** Added to the environment. */
  environment?: Record<string, string>;
}

/**
 * Standard output of `git <args>` run in `directory`.
 * @throws GitError with git's own words when it ends with anything but 0, or when there is no git.
 */
export async function git(directory: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await gitBytes(directory, args, options)).toString('utf8');
}

export async function gitBytes(directory: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  await refuseRepositoryOfCheckout(directory);
  return run(directory, args, options);
}

function run(directory: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const child = spawn('git', args, {
    cwd: directory,
    env: { ...gitEnvironment(), ...options.environment },
    stdio: 'pipe',
  });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdin.on('error', () => {}); // git may end before it has read everything; its exit code says why
  child.stdin.end(options.input ?? '');
  child.on('error', (error: NodeJS.ErrnoException) => {
    const message =
      error.code === 'ENOENT'
        ? `git could not be started in ${directory}; install git, or check that the directory exists.`
        : `git could not be started: ${error.message}`;
    reject(new GitError(message, { cause: error }));
  });
  child.on('close', (code) => {
    if (code === 0) return resolve(Buffer.concat(output));
    const said = Buffer.concat(complaints).toString('utf8').trim();
    reject(new GitError(`git ${subcommand(args)} failed in ${directory}: ${said || `exit code ${code}`}`));
  });
  return promise;
}

/**
 * Git takes a directory that looks like a bare repository for one, and runs what its configuration names (`core.fsmonitor`, hooks), though
 * it came with a checkout like any other files. Where the repository around it tracks it, it is refused.
 */
async function refuseRepositoryOfCheckout(directory: string): Promise<void> {
  const inside = bareRepositoryInside(resolve(directory));
  if (inside === undefined || known.has(inside.bare)) return;
  const head = join(inside.bare, 'HEAD');
  const tracked = await run(inside.around, ['ls-files', '-z', '--', head]);
  if (tracked.length > 0)
    throw new GitError(
      `${inside.bare} is a repository among the files of the checkout ${inside.around}: whoever wrote it could have git run programs, so nothing is run there. Go to another directory.`,
    );
  known.add(inside.bare);
}

/** Bare repositories that are nobody's files. */
const known = new Set<string>();

/** The bare repository that git would take for the directory's, and the one in whose checkout that lies, as far as there are both. */
function bareRepositoryInside(directory: string): { bare: string; around: string } | undefined {
  let bare: string | undefined;
  for (let at = directory; basename(at) !== '.git'; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return bare === undefined ? undefined : { bare, around: at };
    bare ??= ['HEAD', 'objects', 'refs'].every((part) => existsSync(join(at, part))) ? at : undefined;
    if (dirname(at) === at) break;
  }
  return undefined;
}

/** The first argument that is no setting. */
function subcommand(args: readonly string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
}

/** Inside of a hook, git's own variables would point to another place. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE|QUARANTINE|PREFIX|COMMON_DIR)/.test(name),
  );
  return { ...Object.fromEntries(own), ...gitCredentials(process.env), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
}

/** No hook of the machine or the user runs where this is given, and git keeps its advice to itself. */
export const quietly = ['-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false'];

/** What a server says to a commit or a branch that it doesn't have (any more), as opposed to one that can't be reached. */
export function saysNoSuchCommit(error: unknown): boolean {
  return /not our ref|no such remote ref|couldn't find remote ref|unadvertised object/i.test(String(error));
}

export async function isBare(directory: string): Promise<boolean> {
  return (await git(directory, ['rev-parse', '--is-bare-repository'])).trim() === 'true';
}

/** Whether the commit is in the repository on this machine. */
export async function hasCommit(directory: string, commit: string): Promise<boolean> {
  return git(directory, ['cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  );
}
