/** Providers that are only installed, in a folder in place of a registry. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LiveRepository } from './live-repository.ts';
import { environmentWithTools } from './tools.ts';

const provider = join(import.meta.dirname, 'empty-provider.ts');

/** A folder from which Terraform installs the provider lab.example.org/lab/lab, in the versions that are released there. */
export async function mirror(live: LiveRepository) {
  const folder = join(live.states, 'mirror');
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const configuration = join(live.states, 'cli.tfrc');
  await writeFile(configuration, `provider_installation {\n  filesystem_mirror { path = "${folder}" }\n}\n`);
  const version = (version: string) => join(folder, 'lab.example.org/lab/lab', version);
  return {
    environment: { ...environmentWithTools(), TF_CLI_CONFIG_FILE: configuration, TF_DISABLE_PLUGIN_TLS: '1' },
    async release(name: string) {
      const file = join(version(name), platform, `terraform-provider-lab_v${name}`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `#!/bin/sh\n# ${name}\nexec '${process.execPath}' '${provider}'\n`, { mode: 0o755 });
    },
    withdraw: (name: string) => rm(version(name), { recursive: true }),
  };
}
