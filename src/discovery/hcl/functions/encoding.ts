/** Encodings, hashes, numbers and paths, as Terraform defines them. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { parseDocument, type ScalarTag } from 'yaml';
import { messageOf } from '../../../errors.ts';
import { spend } from '../budget.ts';
import {
  asNumber,
  asString,
  EvaluationError,
  fromData,
  isObject,
  numberText,
  objectOf,
  sortedKeys,
  type Value,
} from '../values.ts';

type Function = (...args: Value[]) => Value;

const hash =
  (algorithm: string, encoding: 'hex' | 'base64') =>
  (text: Value = '') =>
    createHash(algorithm).update(asString(text)).digest(encoding);

const mostKept = 200;
const longestKept = 1_000_000;

/** Every unit decodes the same few files; values are never changed, so that they can be shared. */
function decoder(what: string, decode: (text: string) => unknown): (text?: Value) => Value {
  const kept = new Map<string, Value>();
  return (value = '') => {
    const text = asString(value);
    const before = kept.get(text);
    if (before !== undefined) return before;
    spend(text.length);
    try {
      const data = fromData(decode(text));
      if (kept.size >= mostKept) kept.clear();
      if (text.length <= longestKept) kept.set(text, data);
      return data;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw new EvaluationError(`the text is not ${what}: ${messageOf(error)}`);
    }
  };
}

/** JSON with the keys of objects in order and the characters `<`, `>`, `&` and two line ends escaped, as Terraform writes it. */
function jsonText(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (isObject(value))
    return `{${sortedKeys(value)
      .map((key) => `${jsonText(key)}:${jsonText(value[key] as Value)}`)
      .join(',')}}`;
  if (typeof value === 'number') return numberText(value);
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function finite(number: number): number {
  if (!Number.isFinite(number)) throw new EvaluationError('the result is no number');
  return number;
}

/** What is before the last slash, without `.`, `..` and double slashes in it. */
function directoryOf(path: string): string {
  const directory = posix.normalize(path.slice(0, path.lastIndexOf('/') + 1) || '.');
  return directory.length > 1 ? directory.replace(/\/$/, '') : directory;
}

/** Terraform's YAML is that of version 1.2 with the truth values of 1.1, and dates that become times. */
const yamlTags: ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:y|yes|n|no|on|off)$/i,
    resolve: (text) => /^(?:y|yes|on)$/i.test(text),
  },
  {
    tag: 'tag:yaml.org,2002:timestamp',
    default: true,
    test: /^\d{4}-\d{2}-\d{2}$/,
    resolve: (text) => `${text}T00:00:00Z`,
  },
];

function yamlData(text: string): unknown {
  const options = { merge: true, uniqueKeys: false, customTags: (tags: unknown[]) => [...yamlTags, ...tags] };
  const document = parseDocument(text, options as Parameters<typeof parseDocument>[1]);
  const [error] = document.errors;
  if (error) throw error;
  if (document.contents === null) throw new Error('there is nothing in it');
  return document.toJS();
}

export const encodingFunctions: Record<string, Function> = {
  abs: (number = 0) => Math.abs(asNumber(number)),
  base64decode: (text = '') => {
    if (!base64.test(asString(text))) throw new EvaluationError('the text is not base64');
    return Buffer.from(asString(text), 'base64').toString('utf8');
  },
  base64encode: (text = '') => Buffer.from(asString(text)).toString('base64'),
  base64sha256: hash('sha256', 'base64'),
  base64sha512: hash('sha512', 'base64'),
  basename: (path = '') => (asString(path) === '' ? '.' : posix.basename(asString(path)) || '/'),
  ceil: (number = 0) => Math.ceil(asNumber(number)),
  csvdecode: (text = '') => {
    if (asString(text) === '') throw new EvaluationError('the text has no line with the names of columns');
    const [header = [], ...rows] = asString(text)
      .trim()
      .split(/\r?\n/)
      .map((line) =>
        [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
          (cell) => cell[1]?.replaceAll('""', '"') ?? cell[2] ?? '',
        ),
      );
    if (rows.some((row) => row.length !== header.length))
      throw new EvaluationError('a line has not as many fields as the first');
    return rows.map((row) => objectOf(header.map((name, column) => [name, row[column] as string] as const)));
  },
  dirname: (path = '') => directoryOf(asString(path)),
  floor: (number = 0) => Math.floor(asNumber(number)),
  jsondecode: decoder('JSON', (text) => JSON.parse(text)),
  jsonencode: (value = null) => jsonText(value),
  log: (number = 1, base = 10) => finite(Math.log(asNumber(number)) / Math.log(asNumber(base))),
  max: (...numbers) => finite(Math.max(...numbers.map(asNumber))),
  md5: hash('md5', 'hex'),
  min: (...numbers) => finite(Math.min(...numbers.map(asNumber))),
  parseint: (text = '', base = 10) => {
    const number = Number.parseInt(asString(text), asNumber(base));
    if (
      number.toString(asNumber(base)) !==
      asString(text)
        .toLowerCase()
        .replace(/^(-?)0+(?=.)/, '$1')
    )
      throw new EvaluationError(`"${asString(text)}" is no number in base ${asNumber(base)}`);
    return number;
  },
  pow: (number = 0, exponent = 1) => finite(asNumber(number) ** asNumber(exponent)),
  sha1: hash('sha1', 'hex'),
  sha256: hash('sha256', 'hex'),
  sha512: hash('sha512', 'hex'),
  signum: (number = 0) => Math.sign(asNumber(number)),
  urlencode: (text = '') =>
    encodeURIComponent(asString(text))
      .replaceAll('%20', '+')
      .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
  yamldecode: decoder('YAML', yamlData),
};
