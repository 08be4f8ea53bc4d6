/** Finds what the machine already has. */
import { spawnSync } from 'node:child_process';
import { SetupError } from './progress.js';

/** What `command args` prints, or undefined when there is no such command or it fails. */
export function ask(command, args, environment = process.env) {
  const answer = spawnSync(command, args, { encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/** @throws SetupError */
export function requireGit() {
  const version = ask('git', ['--version']);
  if (version) return version.replace('git version ', '');
  throw new SetupError('git is not on the PATH. Install it (for example: apt-get install git) and run this again.');
}

/**
 * The first Python on the PATH that is new enough for the emulator and can make virtual environments.
 * @throws SetupError
 */
export function requirePython() {
  const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const found = names
    .map((name) => ({ name, version: ask(name, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])']) }))
    .filter(({ version }) => version !== undefined);
  if (found.length === 0) {
    throw new SetupError(
      'python3 is not on the PATH. Install Python 3.10 or newer (for example: apt-get install python3 python3-venv) and run this again.',
    );
  }
  const usable = found.find(({ version }) => Number(version.split('.')[1]) >= 10);
  if (!usable) {
    throw new SetupError(
      `Python ${found[0].version} is too old for the AWS emulator. Install Python 3.10 or newer and run this again.`,
    );
  }
  if (ask(usable.name, ['-c', 'import venv, ensurepip']) === undefined) {
    throw new SetupError(
      `Python ${usable.version} can't make virtual environments. Install its venv module (for example: apt-get install python3-venv) and run this again.`,
    );
  }
  return usable;
}
