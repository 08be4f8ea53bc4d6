/** Names of tests, and where a document names some: in quotes at the end of a table's line, as “like this”. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the tests below a folder, as they are written. */
export function testNames(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const named = /\b(?:test|describe)(?:\.each\([^)]*\))?\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g;
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(named)].map(([, single, double, back]) =>
        (single ?? double ?? back ?? '').replaceAll("\\'", "'"),
      ),
    ),
  );
}

export function testsNamedIn(document: string): string[] {
  return [...readFileSync(document, 'utf8').matchAll(/“([^”]+)”/g)].map(([, name = '']) => name);
}
