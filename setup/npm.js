/** The npm packages of package-lock.json. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run, say } from './progress.js';
import { digest, isStamped, stamp } from './stamp.js';

export async function installPackages(root, environment, step) {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  const stampFile = join(root, 'node_modules', '.installed-from');
  const wanted = digest(readFileSync(lock));
  if (existsSync(installed)) {
    const byHand = !existsSync(stampFile) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
    if (byHand || isStamped(stampFile, wanted)) {
      say(`${step} npm packages: already there`);
      return;
    }
  }
  say(`${step} npm packages: installing what package-lock.json lists`);
  await run(
    'installing npm packages',
    'Check that the npm registry can be reached and run this again.',
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'],
    { cwd: root, env: environment },
  );
  stamp(stampFile, wanted);
}
