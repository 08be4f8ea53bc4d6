/** A live repository's settings are for AWS: on this machine there is one account and one region, with nothing in it that was not made here. */
import { basename } from 'node:path';
import type { ReadConfig } from '../config/load.ts';

/** Those of the emulator. */
export const [localAccount, localRegion] = ['000000000000', 'us-east-1'];

/** Builds that run at once where the settings don't say how many: nothing else bounds them here. */
export const localBuilds = 20;

/**
 * What the settings say, but for what is somewhere in AWS. Pure.
 * @param repository its name, where the settings have none
 */
export function localSettings({ said, config }: ReadConfig, repository?: string): object {
  const { bucket: _elsewhere, ...artifacts } = config.artifacts;
  const { kmsKeyArn: _key, ...settings } = said as Record<string, unknown>;
  const named = repository === undefined ? {} : { repository };
  const concurrency = config.concurrency ?? localBuilds;
  return { ...named, ...settings, accountId: localAccount, region: localRegion, artifacts, concurrency };
}

/** A repository as pages and messages name it, owner/name: as its origin does, else by its folder. */
export function repositoryName(folder: string, origin: string | undefined): string {
  const [, owner, name] = /([\w.-]+)[/:]([\w.-]+?)(?:\.git)?\/?$/.exec(origin ?? '') ?? [];
  if (owner && name && /^[\w.-]+@|^\w+:\/\//.test(origin ?? '')) return `${owner}/${name}`;
  return `local/${basename(folder).replaceAll(/[^\w.-]/g, '-')}`;
}

/** For clients of the emulator; any key will do for it. */
export function emulatorEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: localRegion,
    AWS_DEFAULT_REGION: localRegion,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Without what this shell has set up for the real AWS: a profile or a role of it must not find its way to the emulator. */
export function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}
