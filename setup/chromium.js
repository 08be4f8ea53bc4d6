/** The browser of the browser tests: one that is there, or Debian's, where this may install it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say } from './progress.js';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns the environment with the browser's path in LIVE_CI_CHROMIUM, and why there is none. */
export async function arrangeChromium(environment) {
  const found = () => {
    const folders = (environment.PATH ?? '').split(delimiter);
    return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  };
  let path = environment.LIVE_CI_CHROMIUM ?? found();
  if (path === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('[chromium] installing it with apt-get');
    const quietly = { env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' } };
    const hint = 'Install chromium yourself, or leave the browser tests out.';
    await run('updating the lists of packages', hint, 'apt-get', ['update', '-qq'], quietly);
    const install = ['install', '-qq', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
    await run('installing chromium', hint, 'apt-get', install, quietly);
    path = found();
  }
  if (path !== undefined) return { environment: { ...environment, LIVE_CI_CHROMIUM: path } };
  return { environment, missing: 'there is no chromium on the PATH, and only root can install it' };
}
