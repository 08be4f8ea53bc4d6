/** Text from outside, made harmless to look at: nothing in it can move a cursor, hide or turn around what stands beside it. */

/** Control characters, halves of a character, ends of lines that are none to a terminal, and what turns the direction of text around. */
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Of one line: a path, a name, a subject. What was taken out leaves a mark. */
export function plain(text: string): string {
  return marked(text, '�');
}

/** The same with another mark. */
export function marked(text: string, mark: string): string {
  return text.replace(harmful, mark);
}

/** Of several lines: line ends and tabs stay, the rest goes without a mark. */
export function withoutControl(text: string): string {
  return text.replace(harmful, (character) => (character === '\n' || character === '\t' ? character : ''));
}

/** What a tool has printed in colours: else their brackets stay behind. */
export function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
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
