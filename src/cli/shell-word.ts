/** Paths in commands that somebody copies. */
import { plain } from '../plain-text.ts';
import { quoted } from '../shell-quote.ts';

/** Behind `--`, where a path could be taken for an option. */
export function argument(path: string): string {
  return path.startsWith('-') ? `-- ${shellWord(path)}` : shellWord(path);
}

/** As a POSIX shell reads it, and without quotes where none are needed. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : quoted(plain(path));
}
