/** What the commands that look at a repository hand to discovery. */
import type { DiscoveryContext } from '../discovery/graph.ts';
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
