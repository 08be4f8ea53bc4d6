/** Where this project lies on the disk: its sources and the bundle in dist/ both need its other files. */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { LiveCiError } from '../errors.ts';

/** @throws LiveCiError when the command line was installed without the deployment. */
export function projectRoot(from = import.meta.dirname): string {
  if (existsSync(join(from, 'package.json')) && existsSync(join(from, 'src', 'local', 'emulator.py'))) return from;
  const parent = dirname(from);
  if (parent !== from) return projectRoot(parent);
  throw new LiveCiError(
    'local',
    'The deployment is not beside the command line; run live-ci from a clone of its repository.',
  );
}

/** The Python that has the emulator. */
export function emulatorPython(root = projectRoot()): string {
  const python = process.env.LIVE_CI_PYTHON ?? join(root, '.tools', 'python', 'bin', 'python3');
  if (existsSync(python)) return python;
  throw new LiveCiError(
    'local',
    `The AWS emulator is not installed in ${root}; run "npm test" or "npm run demo" once.`,
  );
}

/** The folder to put on one's PATH: `live-ci` is alone in it. */
export function cliFolder(root = projectRoot()): string {
  return join(root, '.tools', 'cli');
}

/**
 * PATH for everything that runs locally. `own`: the tools of this clone come first, so that a demo is the same
 * everywhere; `user`: those that the person has come first, as they would by hand.
 */
export function toolPath(first: 'own' | 'user', root = projectRoot()): string {
  const node = dirname(process.execPath);
  const own = [join(root, '.tools', 'bin'), node, join(root, 'node_modules', '.bin')];
  const path = process.env.PATH ?? '';
  if (first === 'own') return [...own, path].join(delimiter);
  return [node, process.env.LIVE_CI_USER_PATH ?? path, ...own].join(delimiter);
}
