/** Output for people: colours that mean something, tables; and JSON for programs. */
import { styleText } from 'node:util';
import type { UnitStatus } from '../delivery/status.ts';

export type Colour = Parameters<typeof styleText>[0];

/** Coloured on a terminal, unless NO_COLOR is set. */
export function coloured(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** What is worth knowing and stops nothing. Beside the output, so that programs can read that. */
export function printWarning(message: string): void {
  process.stderr.write(`${styleText('yellow', 'warning', { stream: process.stderr })} ${plain(message)}\n`);
}

/** A path or a text from outside, without control characters that could move the cursor or hide something. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�');
}

/** Text of several lines from outside: line ends and tabs stay, other control characters go. */
export function withoutControl(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
}

/** Green: done well. Blue: under way. Yellow: somebody is waited for. Red: went wrong. Dim: nothing happens. */
export const stateStyle: Record<UnitStatus['state'], { colour: Colour; symbol: string; words: string }> = {
  waiting: { colour: 'dim', symbol: '·', words: 'waiting' },
  planning: { colour: 'blue', symbol: '▸', words: 'planning' },
  'waiting-for-approval': { colour: 'yellow', symbol: '?', words: 'waits for approval' },
  applying: { colour: 'blue', symbol: '▸', words: 'applying' },
  'rolling-back': { colour: 'blue', symbol: '◂', words: 'rolling back' },
  applied: { colour: 'green', symbol: '✔', words: 'applied' },
  unchanged: { colour: 'green', symbol: '=', words: 'unchanged' },
  skipped: { colour: 'dim', symbol: '-', words: 'skipped' },
  declined: { colour: 'red', symbol: '✘', words: 'declined' },
  failed: { colour: 'red', symbol: '✘', words: 'failed' },
  cancelled: { colour: 'dim', symbol: '-', words: 'cancelled' },
  'rolled-back': { colour: 'magenta', symbol: '↩', words: 'rolled back' },
  'rollback-failed': { colour: 'red', symbol: '✘', words: 'rollback failed' },
};

export function counts({ add, change, destroy }: { add: number; change: number; destroy: number }): string {
  const part = (sign: string, count: number, colour: Colour) =>
    count > 0 ? coloured(colour, `${sign}${count}`) : coloured('dim', `${sign}0`);
  return [part('+', add, 'green'), part('~', change, 'yellow'), part('-', destroy, 'red')].join(' ');
}

/** Columns as wide as their widest cell; cells may be coloured. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => visibleLength(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column === row.length - 1))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, width: number, last: boolean): string {
  return last ? cell : cell + ' '.repeat(width - visibleLength(cell));
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;
}
