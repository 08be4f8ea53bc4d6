/** Output for people: colours that mean something, tables; and JSON for programs. */
import { styleText } from 'node:util';
import type { Mood } from '../delivery/shown-states.ts';
import { plain } from '../plain-text.ts';

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

const moodColours: Record<Mood, Colour> = {
  well: 'green',
  going: 'blue',
  asks: 'yellow',
  badly: 'red',
  idle: 'dim',
  back: 'magenta',
};

export function inMood(mood: Mood, text: string): string {
  return coloured(moodColours[mood], text);
}

/** Columns as wide as their widest cell; cells may be coloured. @param width most columns of a row; the rest of it is cut off. */
export function table(rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => visibleLength(row[column] ?? ''))));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => pad(cell, widths[column] ?? 0, column === row.length - 1));
      return cut(cells.join('  ').trimEnd(), width);
    })
    .join('\n');
}

function pad(cell: string, width: number, last: boolean): string {
  return last ? cell : cell + ' '.repeat(width - visibleLength(cell));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
const colourCode = /(\u001b\[[0-9;]*m)/g;

function visibleLength(text: string): number {
  return [...text.replace(colourCode, '')].length;
}

/** A line that is too long, with a mark where it was cut. What was coloured ends with it. */
function cut(line: string, width: number): string {
  if (visibleLength(line) <= width) return line;
  let room = width - 1;
  let mark = '…';
  const kept = line.split(colourCode).map((part) => {
    if (part.startsWith('\u001b')) return part;
    const characters = [...part];
    const fits = characters.slice(0, room);
    room -= fits.length;
    if (fits.length === characters.length) return part;
    const end = mark;
    mark = '';
    return fits.join('') + end;
  });
  return kept.join('');
}
