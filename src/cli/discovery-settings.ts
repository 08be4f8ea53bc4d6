/** What the commands that look at a repository hand to discovery. */
import type { Config } from '../config/schema.ts';
import type { DiscoveryContext } from '../discovery/context.ts';
import { type CommandInput, flag } from './command.ts';
import { printWarning } from './print.ts';
import { progressLine } from './progress.ts';

/** Runs `discover` with settings from the command line, and with a line about its progress on a terminal. */
export async function discovering<T>(
  input: CommandInput,
  discover: (settings: Omit<DiscoveryContext, 'config'>) => Promise<T>,
): Promise<T> {
  const line = progressLine('units');
  try {
    return await discover({
      cacheDirectory: flag(input, 'no-cache') ? null : undefined,
      warn: printWarning,
      progress: line.show,
    });
  } finally {
    line.clear();
  }
}

/**
 * The settings for a command that is typed in a checkout, whose files are perhaps somebody else's: Terragrunt, which runs what they say, is
 * asked only when `--ask` is given. The hook and the webhook's build give it, since what they enqueue is the deployment's own branch.
 */
export function typedIn(config: Config, input: CommandInput): Config {
  if (flag(input, 'ask')) return config;
  const warns = config.unknownDependencies.endsWith('warn');
  return { ...config, unknownDependencies: warns ? 'warn' : 'error' };
}
