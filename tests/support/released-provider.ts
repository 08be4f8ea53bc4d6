/** The provider `hashicorp/time` in a folder in place of a registry, in releases that come out one after the other. */
import { access, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

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
  const mirror = join(directory, 'mirror');
  const configuration = join(directory, 'cli.tfrc');
  await mkdir(mirror, { recursive: true });
  await writeFile(configuration, `provider_installation {\n  filesystem_mirror { path = "${mirror}" }\n}\n`);
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return {
    environment: { TF_CLI_CONFIG_FILE: configuration },
    async release(version) {
      const folder = releases.find((one) => one.version === version)?.folder ?? '';
      const binary = join(folder, 'terraform-provider-time');
      await access(binary);
      for (const registry of ['registry.terraform.io', 'registry.opentofu.org']) {
        const file = join(
          mirror,
          registry,
          'hashicorp/time',
          version,
          platform,
          `terraform-provider-time_v${version}_x5`,
        );
        await mkdir(dirname(file), { recursive: true });
        await copyFile(binary, file);
      }
    },
  };
}
