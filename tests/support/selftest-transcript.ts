/** What `live-ci selftest` prints, in docs/deploy.md between two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './docs.ts';

const page = join(root, 'docs', 'deploy.md');
const [begin, end] = [
  '<!-- what it prints, by tests/local/selftest.test.ts -->\n\n```text\n',
  '\n```\n\n<!-- end of that -->',
];

export function transcriptInDocument(): string {
  const [, rest = ''] = readFileSync(page, 'utf8').split(begin);
  return rest.split(end)[0] ?? '';
}

export function writeTranscript(text: string): void {
  const [before, rest = ''] = readFileSync(page, 'utf8').split(begin);
  writeFileSync(page, `${before}${begin}${text.trimEnd()}${end}${rest.split(end)[1] ?? ''}`);
}

/** What two runs have in common: how long something took, and what that cost, they have not. */
export function withoutNumbers(text: string): string {
  return text
    .trimEnd()
    .replaceAll(/\d+(\.\d+)?/g, '#')
    .replaceAll(/ +/g, ' ');
}
