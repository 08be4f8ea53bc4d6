import { loadConfig } from '../../config/load.ts';
import { discoverTouched } from '../../discovery/touched.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { discovering, typedIn } from '../discovery-settings.ts';
import { showChanges } from '../show-changes.ts';

export async function changes(input: CommandInput): Promise<number> {
  const directory = input.positionals[0] ?? '.';
  const config = typedIn(loadConfig(directory), input);
  const found = await discovering(input, (settings) =>
    discoverTouched(directory, {
      ...settings,
      base: text(input, 'base') ?? null,
      head: text(input, 'head') ?? 'HEAD',
      config,
    }),
  );
  showChanges(found, config, { json: flag(input, 'json'), verbose: flag(input, 'verbose') });
  return 0;
}
