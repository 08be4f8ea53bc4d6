import { loadConfig } from '../../config/load.ts';
import { discoverTouched } from '../../discovery/touched.ts';
import { baseOf } from '../base-option.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { discovering, typedIn } from '../discovery-settings.ts';
import { coloured, print } from '../print.ts';
import { isUnderstood, showChanges } from '../show-changes.ts';

export async function changes(input: CommandInput): Promise<number> {
  const directory = input.positionals[0] ?? '.';
  const config = typedIn(loadConfig(directory), input);
  const head = text(input, 'head') ?? 'HEAD';
  const base = await baseOf(input, { directory, head, branch: config.branch });
  const found = await discovering(input, (settings) =>
    discoverTouched(directory, {
      ...settings,
      base,
      head,
      config,
    }),
  );
  const rows = showChanges(found, config, { json: flag(input, 'json'), verbose: flag(input, 'verbose') });
  if (!flag(input, 'json')) print(coloured('dim', `Compared with ${found.base?.slice(0, 12) ?? 'the empty tree'}.`));
  return flag(input, 'strict') && !isUnderstood(rows) ? 1 : 0;
}
