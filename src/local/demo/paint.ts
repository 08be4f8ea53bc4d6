/** Colours that mean something, where there is a terminal to show them (and NO_COLOR is not set). */
import { styleText } from 'node:util';
import type { Outcome } from '../../model.ts';

type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text;
}

export const outcomeStyles = {
  applied: 'green',
  unchanged: 'dim',
  skipped: 'dim',
  declined: 'yellow',
  failed: 'red',
  cancelled: 'yellow',
  'rolled-back': 'magenta',
  'rollback-failed': 'red',
} as const satisfies Record<Outcome, Style>;

/** Columns aligned by their longest cell; `styles` paints a row's cells after they are padded. */
export function table(rows: readonly string[][], style: (cell: string, column: number, row: number) => string): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row, number) =>
      row
        .map((cell, column) => style(cell.padEnd(widths[column] ?? 0), column, number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
