/** What the commands that look at a repository hand to discovery. */
import { type CommandInput, flag } from './command.ts';
import { coloured, plain } from './print.ts';

export function discoverySettings(input: CommandInput) {
  return { cacheDirectory: flag(input, 'no-cache') ? null : undefined, warn };
}

/** On standard error, so that what is printed for programs stays whole. */
export function warn(message: string): void {
  process.stderr.write(`${coloured('yellow', 'live-ci: warning:')} ${plain(message)}\n`);
}
