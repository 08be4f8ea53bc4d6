/** What the commands that look at a repository hand to discovery. */
import { type CommandInput, flag } from './command.ts';
import { printWarning } from './print.ts';

export function discoverySettings(input: CommandInput) {
  return { cacheDirectory: flag(input, 'no-cache') ? null : undefined, warn: printWarning };
}
