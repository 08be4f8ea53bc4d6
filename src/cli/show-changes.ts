/** Prints what a commit would deliver. */
import type { Config } from '../config/schema.ts';
import { type ChangeRow, changeRows, selectUnits } from '../discovery/select.ts';
import type { Touched } from '../discovery/touched.ts';
import { plain } from '../plain-text.ts';
import { type Colour, coloured, print, printJson } from './print.ts';

const colours: Record<string, Colour> = {
  added: 'green',
  modified: 'yellow',
  deleted: 'red',
  moved: 'yellow',
  error: 'red',
};

export interface ShowOptions {
  json?: boolean;
  /** Changed files that no unit reads, too. */
  verbose?: boolean;
}

export function isUnderstood(rows: readonly ChangeRow[]): boolean {
  return rows.every(({ error }) => error === undefined);
}

/** @returns the rows, also of units that can't be understood */
export function showChanges(found: Touched, config: Config, { json, verbose }: ShowOptions = {}): ChangeRow[] {
  const { base, head, touched, graph, unread } = found;
  const units = selectUnits({ graph, touched, carried: [], appliedCommit: () => base, config });
  const rows = changeRows(units);
  if (json) {
    printJson({ base, head, units: rows, ...(verbose ? { unread } : {}) });
    return rows;
  }
  for (const { path, change, reasons, environment, movedFrom, error } of rows) {
    const word = error !== undefined ? 'error' : movedFrom === undefined ? change : 'moved';
    const where = environment === undefined ? '' : coloured('dim', `  (${plain(environment)})`);
    print(
      `${coloured(colours[word] ?? 'dim', word.padEnd(10))} ${coloured('bold', plain(path))}  ${plain(reasons.join('; '))}${where}`,
    );
    if (error !== undefined) print(coloured('red', `           ${plain(error)}`));
  }
  if (verbose)
    print(...unread.map((path) => `${coloured('dim', 'unread'.padEnd(10))} ${plain(path)}  no unit reads it`));
  print(inAll(rows));
  return rows;
}

/** Units that the commits touch themselves, which is what a push counts, and those that come with them. */
function inAll(rows: readonly ChangeRow[]): string {
  const own = rows.filter(({ change }) => ['added', 'modified', 'deleted'].includes(change)).length;
  const others = rows.length - own;
  const failing = rows.filter(({ error }) => error !== undefined).length;
  const sum = `${rows.length} ${rows.length === 1 ? 'unit' : 'units'} would be delivered`;
  const related = others === 0 ? '' : `: ${own} touched, ${others} more because of ${own === 1 ? 'it' : 'them'}`;
  const fail = failing === 0 ? '' : ` ${failing} of them can't be understood, and would fail.`;
  return `${sum}${related}.${fail}`;
}
