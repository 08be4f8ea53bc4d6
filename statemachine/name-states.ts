/** Names of the states: what a state does and to which unit, so that the console's graph reads by itself. */
import { createHash } from 'node:crypto';
import { marked } from '../src/plain-text.ts';

/** Step Functions allows 80 characters a state name; the longest verb ("Rollback failed ") takes 16, quotes take 2. */
const longestLabel = 62;

const separator = '…';

/**
 * A path as it stands in state names: the path itself, or, when that is too long or not to be read, its end behind a hash
 * of the whole, which is the same in every delivery. A path that holds the separator itself gets its hash, too, so that
 * none can pass for another one's short form. One with a space in it is quoted: the unit `failed x` must not give the name
 * `Apply failed x`, which is another state of the unit `x`.
 */
export function label(path: string, longest = longestLabel): string {
  const readable = marked(path, ' ');
  const short =
    path.length > longest || readable !== path || path.includes(separator) ? shorten(path, readable, longest) : path;
  return /\s/.test(readable) ? `"${short}"` : short;
}

function shorten(path: string, readable: string, longest: number): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 8);
  let tail = '';
  for (const character of [...readable].reverse()) {
    if (hash.length + separator.length + tail.length + character.length > longest) break;
    tail = character + tail;
  }
  return `${hash}${separator}${tail}`;
}
