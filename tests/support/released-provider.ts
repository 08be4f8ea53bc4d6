/** The provider `hashicorp/time` in a folder in place of a registry, in releases that come out one after the other. */
import { access, copyFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { emptyMirror } from './provider-mirror.ts';

const folders = (process.env.LIVE_CI_TEST_PROVIDERS ?? '').split(delimiter);
const releases = folders.map((folder) => ({ folder, version: /-v([\d.]+)$/.exec(folder)?.[1] ?? '' }));

/** The versions that there are to come out, the older first. */
export const [older = '', newer = ''] = releases.map(({ version }) => version);

export interface ReleasedProvider {
  /** What Terraform and OpenTofu are told to find it by. */
  environment: NodeJS.ProcessEnv;
  release(version: string): Promise<void>;
}

/** @param directory absolute; for the mirror and its configuration */
export async function releasedProvider(directory: string): Promise<ReleasedProvider> {
  const { environment, place } = await emptyMirror(directory);
  return {
    environment,
    async release(version) {
      const folder = releases.find((one) => one.version === version)?.folder ?? '';
      const binary = join(folder, 'terraform-provider-time');
      await access(binary);
      for (const registry of ['registry.terraform.io', 'registry.opentofu.org'])
        await copyFile(
          binary,
          join(await place(`${registry}/hashicorp/time`, version), `terraform-provider-time_v${version}_x5`),
        );
    },
  };
}
