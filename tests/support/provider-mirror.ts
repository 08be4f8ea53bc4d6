/** Providers that are only installed, in a folder in place of a registry. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveRepository } from './live-repository.ts';
import { environmentWithTools } from './tools.ts';

const provider = join(import.meta.dirname, 'empty-provider.ts');

/** A folder in place of registries. @param directory absolute; for it and what Terraform and OpenTofu are told of it */
export async function emptyMirror(directory: string) {
  const folder = join(directory, 'mirror');
  const configuration = join(directory, 'cli.tfrc');
  await mkdir(folder, { recursive: true });
  await writeFile(configuration, `provider_installation {\n  filesystem_mirror { path = "${folder}" }\n}\n`);
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return {
    environment: { TF_CLI_CONFIG_FILE: configuration },
    /** Where a release lies, for all platforms. @param provider `<registry>/<namespace>/<type>` */
    version: (provider: string, version: string) => join(folder, provider, version),
    /** The folder of this machine's executable of it, which is made. */
    async place(provider: string, version: string) {
      const place = join(folder, provider, version, platform);
      await mkdir(place, { recursive: true });
      return place;
    },
  };
}

/** A folder from which Terraform installs the provider lab.example.org/lab/lab, in the versions that are released there. */
export async function mirror(live: LiveRepository) {
  const { environment, version, place } = await emptyMirror(live.states);
  const lab = 'lab.example.org/lab/lab';
  return {
    environment: { ...environmentWithTools(), ...environment, TF_DISABLE_PLUGIN_TLS: '1' },
    async release(name: string) {
      const file = join(await place(lab, name), `terraform-provider-lab_v${name}`);
      await writeFile(file, `#!/bin/sh\n# ${name}\nexec '${process.execPath}' '${provider}'\n`, { mode: 0o755 });
    },
    withdraw: (name: string) => rm(version(lab, name), { recursive: true }),
  };
}
