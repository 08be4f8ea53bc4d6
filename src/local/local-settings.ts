/** A live repository's settings are for AWS: on this machine there is one account and one region, with nothing in it that was not made here. */
import type { ReadConfig } from '../config/load.ts';

/** Those of the emulator. */
export const [localAccount, localRegion] = ['000000000000', 'us-east-1'];

/** What the settings say, but for what is somewhere in AWS. Pure. */
export function localSettings({ said, config }: ReadConfig): object {
  const { bucket: _elsewhere, ...artifacts } = config.artifacts;
  const { kmsKeyArn: _key, ...settings } = said as Record<string, unknown>;
  return { ...settings, accountId: localAccount, region: localRegion, artifacts };
}
