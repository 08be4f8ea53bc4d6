/** Functions on strings, as Terraform defines them. */
import { type Matcher, RE2JS } from 're2js';
import { messageOf } from '../../../errors.ts';
import { mayBeLong, mayHold, spend } from '../budget.ts';
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
  chomp: (text = '') => trimCharacters(asString(text), '\r\n', false, true),
  endswith: (text = '', suffix = '') => asString(text).endsWith(asString(suffix)),
  format: (form = '', ...args) => format(asString(form), args),
  formatlist: (form = '', ...args) => formatList(asString(form), args),
  indent: (spaces = 0, text = '') => {
    mayBeLong(asNumber(spaces));
    return joined(asString(text).split('\n'), `\n${' '.repeat(asNumber(spaces))}`);
  },
  join: (separator = '', ...lists) => joined(lists.flatMap(asList).map(asString), asString(separator)),
  lower: (text = '') => asString(text).toLowerCase(),
  regex: (pattern = '', text = '') => {
    for (const found of matchesOf(asString(pattern), asString(text))) return captured(found);
    throw new EvaluationError(`the pattern ${asString(pattern)} does not match "${asString(text)}"`);
  },
  regexall: (pattern = '', text = '') => Array.from(matchesOf(asString(pattern), asString(text)), captured),
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

function joined(texts: readonly string[], separator: string): string {
  mayBeLong(texts.reduce((length, text) => length + text.length + separator.length, 0));
  return texts.join(separator);
}

function substring(letters: string[], offset: number, length: number): string {
  const start = offset < 0 ? letters.length + offset : offset;
  return letters.slice(start, length < 0 ? undefined : start + length).join('');
}

/** Expressions are those of RE2, as in Terraform. */
function expression(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new EvaluationError(`the pattern ${pattern} is not understood: ${messageOf(error)}`);
  }
}

/** RE2 may look at each character of the rest of a text for each character of an expression; so many times are as much work as a step. */
const lookedAtInAStep = 300;

/** What the expression finds, one after the other. Where one ends, none begins that is empty. */
function* matchesOf(pattern: string, text: string): Generator<Matcher> {
  const matcher = expression(pattern).matcher(text);
  for (let end = -1; ; end = matcher.end()) {
    spend(((text.length - end) * (pattern.length + 10)) / lookedAtInAStep);
    if (!matcher.find()) return;
    if (matcher.end() > end) yield matcher;
  }
}

/** The groups by their names or else in their order; without groups, what was found. */
function captured(found: Matcher): Value {
  const names = Object.keys(found.namedGroups);
  const count = found.groupCount();
  if (names.length > 0 && names.length < count) throw new EvaluationError('either all groups have names, or none has');
  if (names.length > 0) return objectOf(names.map((name) => [name, found.group(name)] as const));
  return count === 0 ? found.group() : Array.from({ length: count }, (_, index) => found.group(index + 1));
}

/** A search between slashes is an expression, in whose replacement `$1`, `$name` and `${name}` are groups; a name is as long as it can be. */
function replace(text: string, search: string, replacement: string): string {
  if (search.length < 2 || !search.startsWith('/') || !search.endsWith('/')) {
    mayHold(search === '' ? text.length : 0);
    return search === '' ? joined(['', ...text, ''], replacement) : joined(text.split(search), replacement);
  }
  const pieces: string[] = [];
  let end = 0;
  for (const found of matchesOf(search.slice(1, -1), text)) {
    const group = (name: string): string => {
      const known = /^\d+$/.test(name) ? Number(name) <= found.groupCount() : Object.hasOwn(found.namedGroups, name);
      return (known && found.group(/^\d+$/.test(name) ? Number(name) : name)) || '';
    };
    const instead = replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) =>
      all === '$$' ? '$' : group(braced ?? bare ?? ''),
    );
    pieces.push(text.slice(end, found.start()), instead);
    end = found.end();
  }
  return joined([...pieces, text.slice(end)], '');
}

function formatList(form: string, args: Value[]): Value[] {
  const lists = args.filter(Array.isArray) as Value[][];
  const length = lists[0]?.length ?? 1;
  mayHold(length);
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
  let length = 0;
  const text = form.replace(
    /%(?:\[(\d+)\])?([-+ 0#]*)((?!0)\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_all, position?: string, flags = '', width?: string, precision?: string, verb = '') => {
      if (verb === '%') return '%';
      if (position !== undefined) next = Number(position) - 1;
      const arg = args[next++];
      if (arg === undefined) throw new EvaluationError(`"${form}" asks for more values than there are`);
      used = Math.max(used, next);
      const text = verbText(verb, arg, precision === undefined ? undefined : Number(precision), flags);
      const size = Number(width ?? 0);
      length += Math.max(size, text.length);
      mayBeLong(length, 0);
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
