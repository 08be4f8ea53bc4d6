import { loadConfig } from '../../config/load.ts';
import { changeRows, selectUnits } from '../../discovery/select.ts';
import { discoverTouched, refuseProblems } from '../../discovery/touched.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { discovering } from '../discovery-settings.ts';
import { type Colour, coloured, print, printJson } from '../print.ts';

const colours: Record<string, Colour> = { added: 'green', modified: 'yellow', deleted: 'red' };

export async function changes(input: CommandInput): Promise<number> {
  const directory = input.positionals[0] ?? '.';
  const config = loadConfig(directory);
  const found = await discovering(input, (settings) =>
    discoverTouched(directory, {
      ...settings,
      base: text(input, 'base') ?? null,
      head: text(input, 'head') ?? 'HEAD',
      config,
    }),
  );
  const { base, head, touched, graph, unread } = found;
  const units = selectUnits({ graph, touched, carried: [], appliedCommit: () => base, config });
  refuseProblems(units, found.problems);
  const rows = changeRows(units);
  if (flag(input, 'json')) {
    printJson({ base, head, units: rows, ...(flag(input, 'verbose') ? { unread } : {}) });
    return 0;
  }
  for (const { path, change, reasons } of rows) {
    print(
      `${coloured(colours[change] ?? 'dim', change.padEnd(10))} ${coloured('bold', plain(path))}  ${plain(reasons.join('; '))}`,
    );
  }
  if (flag(input, 'verbose'))
    print(...unread.map((path) => `${coloured('dim', 'unread'.padEnd(10))} ${plain(path)}  no unit reads it`));
  print(`${rows.length} unit(s) would be delivered.`);
  return 0;
}
