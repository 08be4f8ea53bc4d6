/** The documentation's code blocks: ```` ```sh ```` is run by a test; a word behind it says where it can be run instead. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  file: string;
  language: string;
  /** What stands behind the language. */
  where: string;
  lines: string[];
}

export const root = join(import.meta.dirname, '..', '..');

export function documents(): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

export function blocksOf(file: string): Block[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^( *)```(\w*) ?([\w-]*)\n(.*?)^ *```$/gms)].map(
    ([, indent = '', language = '', where = '', code = '']) => ({
      file,
      language,
      where,
      lines: code
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => line.slice(indent.length)),
    }),
  );
}
