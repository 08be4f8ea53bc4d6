/** Prints what a commit would deliver. */
import type { Config } from '../config/schema.ts';
import { changeRows, selectUnits } from '../discovery/select.ts';
import { refuseProblems, type Touched } from '../discovery/touched.ts';
import type { Change } from '../model.ts';
import { plain } from '../plain-text.ts';
import { type Colour, coloured, print, printJson } from './print.ts';

const colours: Record<string, Colour> = { added: 'green', modified: 'yellow', deleted: 'red', moved: 'yellow' };

export interface ShowOptions {
  json?: boolean;
  /** Changed files that no unit reads, too. */
  verbose?: boolean;
}

/** @throws DiscoveryError for a unit in it that can't be understood */
export function showChanges(found: Touched, config: Config, { json, verbose }: ShowOptions = {}): void {
  const { base, head, touched, graph, unread } = found;
  const units = selectUnits({ graph, touched, carried: [], appliedCommit: () => base, config });
  refuseProblems(units, found.problems);
  const rows = changeRows(units);
  if (json) {
    printJson({ base, head, units: rows, ...(verbose ? { unread } : {}) });
    return;
  }
  for (const { path, change, reasons, environment, movedFrom } of rows) {
    const word = movedFrom === undefined ? change : 'moved';
    const where = environment === undefined ? '' : coloured('dim', `  (${plain(environment)})`);
    print(
      `${coloured(colours[word] ?? 'dim', word.padEnd(10))} ${coloured('bold', plain(path))}  ${plain(reasons.join('; '))}${where}`,
    );
  }
  if (verbose)
    print(...unread.map((path) => `${coloured('dim', 'unread'.padEnd(10))} ${plain(path)}  no unit reads it`));
  print(inAll(rows.map(({ change }) => change)));
}

/** Units that the commits touch themselves, which is what a push counts, and those that come with them. */
function inAll(changes: readonly Change[]): string {
  const own = changes.filter((change) => change === 'added' || change === 'modified' || change === 'deleted').length;
  const others = changes.length - own;
  const sum = `${changes.length} ${changes.length === 1 ? 'unit' : 'units'} would be delivered`;
  return others === 0 ? `${sum}.` : `${sum}: ${own} touched, ${others} more because of ${own === 1 ? 'it' : 'them'}.`;
}
