/** The deployment as `serverless package` makes it for AWS: the template, and each Lambda's zip. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/schema.ts';
import { packageDeployment } from '../../src/local/deploy.ts';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

export interface Packaged extends AsyncDisposable {
  resources: Record<string, Resource>;
  /** Function ▸ its zip: the path, and how many bytes it has. */
  zips: Record<string, { path: string; bytes: number }>;
}

/** @param settings what live-ci.config.yml says. */
export async function packaged(settings: Partial<Config> = {}): Promise<Packaged> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-package-'));
  const configFile = join(directory, 'live-ci.config.yml');
  await writeFile(configFile, JSON.stringify(settings));
  const folder = await packageDeployment({
    directory: join(directory, 'copy'),
    stage: 'test',
    configFile,
    environment: {},
  });
  const template = JSON.parse(await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.zip'));
  const zips = names.map(async (name) => {
    const path = join(folder, name);
    return [name.slice(0, -'.zip'.length), { path, bytes: (await stat(path)).size }] as const;
  });
  return {
    resources: template.Resources,
    zips: Object.fromEntries(await Promise.all(zips)),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
