/** The demo's last words: a table for each delivery, and whether the disk agrees. */
import type { Outcome } from '../../model.ts';
import type { Delivered, UnitRow } from './follow.ts';
import { outcomeStyles, paint, table } from './paint.ts';

export interface Chapter {
  title: string;
  delivered: Delivered;
  /** Sentences: where the state files, or the script's expectations, say something else. */
  problems: string[];
}

const head = ['unit', 'outcome', 'plan', 'apply', 'rollback', 'why it is here'];

export function chapterTable({ title, delivered }: Chapter): string {
  const { delivery, rows, seconds } = delivered;
  const cells = [head, ...rows.map(cellsOf)];
  const painted = table(cells, (cell, column, row) => {
    if (row === 0) return paint('dim', cell);
    return column === 1 ? paint(outcomeStyles[cell.trim() as Outcome], cell) : cell;
  });
  const line = `${paint('bold', title)} — delivery ${delivery.id}, ${seconds.toFixed(0)} s`;
  return `${line}\n${painted.replace(/^/gm, '  ')}`;
}

function cellsOf(row: UnitRow): string[] {
  return [row.path, row.outcome, took(row.plan), took(row.apply), took(row.rollback), row.reason];
}

function took(seconds: number | undefined): string {
  return seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
}
