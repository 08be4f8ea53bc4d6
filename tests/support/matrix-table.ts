/** The crash matrix as tables for docs/reliability.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Try } from './crash-matrix.ts';
import { root } from './docs.ts';
import { faults } from './faults.ts';

const [begin, end] = ['<!-- the crash matrix, by npm run bench -- reliability -->', '<!-- end of the crash matrix -->'];
const page = join(root, 'docs', 'reliability.md');

/** What stands between the marks in the document. */
export function tableInDocument(): string {
  const [, rest = ''] = readFileSync(page, 'utf8').split(begin);
  return rest.split(end)[0]?.trim() ?? '';
}

export function writeTable(table: string): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest = ''] = text.split(begin);
  writeFileSync(page, `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ''}`);
}

export function tableOf(tries: readonly Try[]): string {
  return `${summaryOf(tries)}\n\n<details><summary>Faults tried at each call</summary>\n\n${callsOf(tries)}\n\n</details>`;
}

/** One line a handler, and one for all. */
export function summaryOf(tries: readonly Try[]): string {
  const rows = [...Map.groupBy(tries, ({ handler }) => handler)].map(([handler, its]) => rowOf(`\`${handler}\``, its));
  const head = ['handler', 'calls', 'points', 'faults tried', 'survived', 'of these, somebody acted', 'lost'];
  return tabulate(head, [...rows, rowOf('all', tries)]);
}

function rowOf(name: string, tries: readonly Try[]): string[] {
  const different = (of: (one: Try) => string) => new Set(tries.map(of)).size;
  const lost = tries.filter((one) => one.lost);
  return [
    name,
    different(({ handler, call }) => `${handler} ${call}`),
    different(({ scenario, handler, at }) => `${scenario} ${handler} ${at}`),
    tries.length,
    tries.length - lost.length,
    tries.filter(({ acted }) => acted > 0).length,
    lost.length,
  ].map(String);
}

function callsOf(tries: readonly Try[]): string {
  const rows = [...Map.groupBy(tries, ({ handler, call }) => `\`${handler}\` | \`${call}\``)].map(([call, its]) => [
    call,
    ...faults.map((fault) => String(its.filter((one) => one.fault === fault).length || '')),
  ]);
  return tabulate(['handler | call', ...faults], rows);
}

function tabulate(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = head.join(' | ').split(' | ');
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
