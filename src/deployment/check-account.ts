/** Nothing is deployed to, or removed from, another account or region than the configuration names. */
import { ConfigError } from '../errors.ts';
import type { Target } from './target.ts';

const nobodys = '000000000000';

/** @throws ConfigError naming both. */
export async function checkAccount({ config, region, accountId }: Target): Promise<void> {
  if (region !== config.region)
    throw new ConfigError(
      `The configuration says region: ${config.region}, and this is for ${region}; change the one or the other.`,
    );
  const account = await accountId();
  if (account === config.accountId) return;
  if (config.accountId === nobodys)
    throw new ConfigError(
      `Your credentials are of the account ${account}, and the configuration names none; write accountId: "${account}" into it, if that is the account to deploy to.`,
    );
  throw new ConfigError(
    `Your credentials are of the account ${account}, and the configuration says accountId: "${config.accountId}"; use credentials of that account.`,
  );
}
