/** Text from outside, made harmless to look at: nothing in it can move a cursor, hide or turn around what stands beside it. */

/** Of one line: a path, a name, a subject. What was taken out leaves a mark. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�');
}

/** Of several lines: line ends and tabs stay, other control characters go. */
export function withoutControl(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
}

/** A path may have a thousand characters, and a commit's first line any number. */
const mostCharacters = 200;

/** Of one line, and of a long one its beginning and its end. */
export function shown(text: string): string {
  const characters = [...plain(text)];
  if (characters.length <= mostCharacters) return characters.join('');
  const half = mostCharacters / 2;
  return [...characters.slice(0, half), '…', ...characters.slice(-half)].join('');
}
