/** The package as npm makes it, installed beside one of the examples. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './docs.ts';

const run = promisify(execFile);
const { name: packageName, peerDependencies } = createRequire(import.meta.url)('../../package.json');

export interface Tarball extends AsyncDisposable {
  /** Files of the package, in a folder of that name. */
  folder: string;
}

/** Everything that was built is there already: what npm would run before it packs is left out. */
export async function packed(): Promise<Tarball> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-packed-'));
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], { cwd: root });
  const [file = ''] = await readdir(directory);
  await run('tar', ['-xzf', file], { cwd: directory });
  return {
    folder: join(directory, 'package'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

export interface Service extends AsyncDisposable {
  directory: string;
  /** Runs a program of node_modules, in the service's folder. */
  run(program: string, words: string[]): Promise<string>;
  /** All that it says, whether it succeeds or fails. */
  heard(program: string, words: string[]): Promise<string>;
  template(): Promise<{ Resources: Record<string, unknown>; Outputs: Record<string, unknown> }>;
}

/** An example's folder with the package and its peers in node_modules, and nothing else. */
export async function installedIn(example: string, { folder }: Tarball): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-service-'));
  await cp(join(root, 'examples', example), directory, { recursive: true });
  const modules = join(directory, 'node_modules');
  await mkdir(modules);
  await cp(folder, join(modules, packageName), { recursive: true });
  for (const peer of Object.keys(peerDependencies))
    await symlink(join(root, 'node_modules', peer), join(modules, peer));
  const programs = { serverless: 'osls/bin/serverless.js', 'live-ci': `${packageName}/dist/live-ci.js` };
  await mkdir(join(modules, '.bin'));
  for (const [name, file] of Object.entries(programs)) await symlink(join('..', file), join(modules, '.bin', name));
  const start = (program: string, words: string[]) => {
    const own = Object.entries(process.env).filter(([key]) => !/^(AWS|LIVE_CI)_/.test(key));
    const path = [dirname(process.execPath), process.env.PATH].join(':');
    const env = { ...Object.fromEntries(own), PATH: path, TMPDIR: directory, SLS_NOTIFICATIONS_MODE: 'off' };
    return run(process.execPath, [join(modules, program), ...words], { cwd: directory, env });
  };
  return {
    directory,
    run: async (program, words) => (await start(program, words)).stdout,
    heard: async (program, words) => {
      const { stdout, stderr } = await start(program, words).catch((failed) => failed);
      return `${stdout}${stderr}`;
    },
    template: async () =>
      JSON.parse(await readFile(join(directory, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8')),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
