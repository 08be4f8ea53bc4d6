/**
 * Private keys, in one line or in several (RFC 7468). Of a line of a key, what stands before it stays: a diff's signs, the name of what
 * printed it. Lines of something else may stand between those of a key, which end with many characters of base64, or begin as the key does.
 */

const markers = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** A line of a key has at most 76 characters, and all but the last have at least 64. */
const longest = 76;
const full = 64;

/** The largest keys have about 200; a text that only names a key's first line has no more. */
const mostLines = 400;

/** For the lines of one text, one after the other: each without the part of a private key that it holds. */
export function privateKeyLines(hidden: string): (line: string) => string {
  /** Lines that may still belong to the key; 0 outside of one. */
  let left = 0;
  /** What stands before each line of the key. */
  let before = '';

  function withoutKey(line: string): string {
    const text = line.trimEnd();
    const key = /[A-Za-z0-9+/=]*$/.exec(text.slice(-longest))?.[0] ?? '';
    const start = text.slice(0, text.length - key.length);
    return key !== '' && (key.length >= full || shape(start) === before) ? start + hidden : line;
  }

  return (line) => {
    left = Math.max(0, left - 1);
    let [shown, at, begun] = ['', 0, false];
    for (const { 0: marker, 1: kind, index } of line.matchAll(markers)) {
      if (kind === 'BEGIN' && !begun) {
        shown += line.slice(at, index);
        [begun, left, before] = [true, mostLines, shape(line.slice(0, index))];
      } else if (kind === 'END' && left > 0) {
        shown += hidden;
        [at, begun, left] = [index + marker.length, false, 0];
      }
    }
    if (begun) return shown + hidden;
    return left > 0 ? withoutKey(line) : shown + line.slice(at);
  };
}

/** Without the digits of a time. */
function shape(text: string): string {
  return text.replace(/\d/g, '0');
}
