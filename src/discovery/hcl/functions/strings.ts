/** Functions on strings, as Terraform defines them. */
import {
  asBoolean,
  asList,
  asNumber,
  asString,
  EvaluationError,
  numberText,
  objectOf,
  typeName,
  type Value,
} from '../values.ts';

type Function = (...args: Value[]) => Value;

const trimCharacters = (text: string, characters: string, start: boolean, end: boolean): string => {
  const set = new Set(characters);
  const letters = [...text];
  let from = 0;
  let to = letters.length;
  while (start && from < to && set.has(letters[from] as string)) from++;
  while (end && to > from && set.has(letters[to - 1] as string)) to--;
  return letters.slice(from, to).join('');
};

export const stringFunctions: Record<string, Function> = {
  chomp: (text = '') => asString(text).replace(/[\r\n]+$/, ''),
  endswith: (text = '', suffix = '') => asString(text).endsWith(asString(suffix)),
  format: (form = '', ...args) => format(asString(form), args),
  formatlist: (form = '', ...args) => formatList(asString(form), args),
  indent: (spaces = 0, text = '') => asString(text).replaceAll('\n', `\n${' '.repeat(asNumber(spaces))}`),
  join: (separator = '', ...lists) => lists.flatMap(asList).map(asString).join(asString(separator)),
  lower: (text = '') => asString(text).toLowerCase(),
  regex: (pattern = '', text = '') => {
    const found = expression(asString(pattern), '').exec(asString(text));
    if (!found) throw new EvaluationError(`the pattern ${asString(pattern)} does not match "${asString(text)}"`);
    return captured(found);
  },
  regexall: (pattern = '', text = '') =>
    [...asString(text).matchAll(expression(asString(pattern), 'g'))].map((found) => captured(found)),
  replace: (text = '', search = '', replacement = '') =>
    replace(asString(text), asString(search), asString(replacement)),
  split: (separator = '', text = '') => (asString(text) === '' ? [''] : asString(text).split(asString(separator))),
  startswith: (text = '', prefix = '') => asString(text).startsWith(asString(prefix)),
  strcontains: (text = '', part = '') => asString(text).includes(asString(part)),
  strrev: (text = '') => [...asString(text)].reverse().join(''),
  substr: (text = '', offset = 0, length = 0) => substring([...asString(text)], asNumber(offset), asNumber(length)),
  title: (text = '') => asString(text).replace(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase()),
  trim: (text = '', characters = '') => trimCharacters(asString(text), asString(characters), true, true),
  trimprefix: (text = '', prefix = '') =>
    asString(text).startsWith(asString(prefix)) ? asString(text).slice(asString(prefix).length) : text,
  trimsuffix: (text = '', suffix = '') =>
    asString(suffix) !== '' && asString(text).endsWith(asString(suffix))
      ? asString(text).slice(0, -asString(suffix).length)
      : text,
  trimspace: (text = '') => asString(text).trim(),
  upper: (text = '') => asString(text).toUpperCase(),
};

function substring(letters: string[], offset: number, length: number): string {
  const start = offset < 0 ? letters.length + offset : offset;
  return letters.slice(start, length < 0 ? undefined : start + length).join('');
}

/** What RE2 writes in another way than JavaScript. */
const spellings: [RegExp, string][] = [
  [/\(\?P</g, '(?<'],
  [/\\A/g, '(?<![\\s\\S])'],
  [/\\z/g, '(?![\\s\\S])'],
  [/\\([pP])([A-Z])/g, '\\$1{$2}'],
  [/\[:alpha:\]/g, 'a-zA-Z'],
  [/\[:digit:\]/g, '0-9'],
  [/\[:alnum:\]/g, 'a-zA-Z0-9'],
  [/\[:lower:\]/g, 'a-z'],
  [/\[:upper:\]/g, 'A-Z'],
  [/\[:space:\]/g, '\\s'],
];

/** RE2's syntax is close to JavaScript's; leading flags are given apart. */
function expression(pattern: string, flags: string): RegExp {
  let source = spellings.reduce((text, [theirs, ours]) => text.replace(theirs, ours), pattern);
  let all = `${flags}u`;
  const leading = /^\(\?([ims]+)\)/.exec(source);
  if (leading) {
    source = source.slice(leading[0].length);
    all += leading[1];
  }
  try {
    return new RegExp(source, all);
  } catch {
    try {
      return new RegExp(source, all.replace('u', ''));
    } catch (error) {
      throw new EvaluationError(
        `the pattern ${pattern} is not understood: ${error instanceof Error ? error.message : ''}`,
      );
    }
  }
}

function captured(found: RegExpExecArray | RegExpMatchArray): Value {
  if (found.groups) return objectOf(Object.entries(found.groups).map(([name, text]) => [name, text ?? null] as const));
  if (found.length === 1) return found[0];
  return found.slice(1).map((group) => group ?? null);
}

/** A search between slashes is a pattern, in whose replacement `$1`, `$name` and `${name}` are groups; a name is as long as it can be. */
function replace(text: string, search: string, replacement: string): string {
  if (search.length < 2 || !search.startsWith('/') || !search.endsWith('/'))
    return text.replaceAll(search, () => replacement);
  const pattern = expression(search.slice(1, -1), 'g');
  return text.replace(pattern, (...found) => {
    const named = typeof found.at(-1) === 'object' ? (found.at(-1) as Record<string, string>) : {};
    const group = (name: string): string => (/^\d+$/.test(name) ? found[Number(name)] : named[name]) ?? '';
    return replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) =>
      all === '$$' ? '$' : group(braced ?? bare ?? ''),
    );
  });
}

function formatList(form: string, args: Value[]): Value[] {
  const lists = args.filter(Array.isArray) as Value[][];
  const length = lists[0]?.length ?? 1;
  if (lists.some((list) => list.length !== length)) throw new EvaluationError('the lists have different lengths');
  return Array.from({ length }, (_, row) =>
    format(
      form,
      args.map((arg) => (Array.isArray(arg) ? (arg[row] as Value) : arg)),
    ),
  );
}

/** The verbs `%s %d %v %q %t %f %x %%`, with flags, width, precision and `[n]`. */
function format(form: string, args: Value[]): string {
  let next = 0;
  let used = 0;
  const text = form.replace(
    /%(?:\[(\d+)\])?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_all, position?: string, flags = '', width?: string, precision?: string, verb = '') => {
      if (verb === '%') return '%';
      if (position !== undefined) next = Number(position) - 1;
      const arg = args[next++];
      if (arg === undefined) throw new EvaluationError(`"${form}" asks for more values than there are`);
      used = Math.max(used, next);
      const text = verbText(verb, arg, precision === undefined ? undefined : Number(precision), flags);
      const size = Number(width ?? 0);
      if (flags.includes('-')) return text.padEnd(size);
      if (!flags.includes('0') || verb === 's') return text.padStart(size);
      return text.startsWith('-') ? `-${text.slice(1).padStart(size - 1, '0')}` : text.padStart(size, '0');
    },
  );
  if (used < args.length) throw new EvaluationError(`"${form}" asks for fewer values than there are`);
  return text;
}

/** As Go writes numbers: at least two digits in an exponent. */
function exponential(value: number, precision: number | undefined): string {
  return value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function whole(value: Value): string {
  if (!Number.isInteger(asNumber(value))) throw new EvaluationError(`a whole number is needed, not ${asString(value)}`);
  return numberText(asNumber(value));
}

function verbText(verb: string, arg: Value, precision: number | undefined, flags: string): string {
  const signed = (text: string) => (flags.includes('+') && !text.startsWith('-') ? `+${text}` : text);
  switch (verb) {
    case 's':
      return precision === undefined ? asString(arg) : [...asString(arg)].slice(0, precision).join('');
    case 'v':
      return typeof arg === 'object' || flags.includes('#') ? JSON.stringify(arg) : asString(arg);
    case 'q':
      return JSON.stringify(asString(arg));
    case 't':
      return String(asBoolean(arg));
    case 'd':
      return signed(whole(arg));
    case 'e':
      return signed(exponential(asNumber(arg), precision ?? 6));
    case 'g':
      return signed(
        /e/.test(String(asNumber(arg))) || (Math.abs(asNumber(arg)) < 1e-4 && arg !== 0)
          ? exponential(asNumber(arg), precision)
          : asString(asNumber(arg)),
      );
    case 'f':
      return signed(asNumber(arg).toFixed(precision ?? 6));
    case 'x':
      return asNumber(arg).toString(16);
    case 'X':
      return asNumber(arg).toString(16).toUpperCase();
    case 'o':
      return asNumber(arg).toString(8);
    case 'b':
      return asNumber(arg).toString(2);
    default:
      throw new EvaluationError(`%${verb} of ${typeName(arg)} is not supported`);
  }
}
