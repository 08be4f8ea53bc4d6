/** Encodings, hashes, numbers and paths, as Terraform defines them. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { parse as parseYaml, stringify as writeYaml } from 'yaml';
import { messageOf } from '../../../errors.ts';
import {
  asList,
  asNumber,
  asString,
  EvaluationError,
  fromData,
  isObject,
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

/** Every unit decodes the same few files; values are never changed, so that they can be shared. */
function decoder(what: string, decode: (text: string) => unknown): (text?: Value) => Value {
  const kept = new Map<string, Value>();
  return (value = '') => {
    const text = asString(value);
    const before = kept.get(text);
    if (before !== undefined) return before;
    try {
      const data = fromData(decode(text));
      if (kept.size >= mostKept) kept.clear();
      kept.set(text, data);
      return data;
    } catch (error) {
      throw new EvaluationError(`the text is not ${what}: ${messageOf(error)}`);
    }
  };
}

/** JSON with the keys of objects in order and the characters `<`, `>` and `&` escaped, as Terraform writes it. */
function jsonText(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (isObject(value))
    return `{${sortedKeys(value)
      .map((key) => `${jsonText(key)}:${jsonText(value[key] as Value)}`)
      .join(',')}}`;
  return JSON.stringify(value).replace(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
}

export const encodingFunctions: Record<string, Function> = {
  abs: (number = 0) => Math.abs(asNumber(number)),
  base64decode: (text = '') => Buffer.from(asString(text), 'base64').toString('utf8'),
  base64encode: (text = '') => Buffer.from(asString(text)).toString('base64'),
  base64sha256: hash('sha256', 'base64'),
  base64sha512: hash('sha512', 'base64'),
  basename: (path = '') => (asString(path) === '' ? '.' : posix.basename(asString(path)) || '/'),
  ceil: (number = 0) => Math.ceil(asNumber(number)),
  csvdecode: (text = '') => {
    const [header = [], ...rows] = asString(text)
      .trim()
      .split(/\r?\n/)
      .map((line) =>
        [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
          (cell) => cell[1]?.replaceAll('""', '"') ?? cell[2] ?? '',
        ),
      );
    return rows.map((row) => objectOf(header.map((name, column) => [name, row[column] ?? ''] as const)));
  },
  dirname: (path = '') => posix.dirname(asString(path)),
  floor: (number = 0) => Math.floor(asNumber(number)),
  jsondecode: decoder('JSON', (text) => JSON.parse(text)),
  jsonencode: (value = null) => jsonText(value),
  log: (number = 1, base = 10) => Math.log(asNumber(number)) / Math.log(asNumber(base)),
  max: (...numbers) =>
    Math.max(...numbers.flatMap((number) => (Array.isArray(number) ? asList(number) : [number])).map(asNumber)),
  md5: hash('md5', 'hex'),
  min: (...numbers) =>
    Math.min(...numbers.flatMap((number) => (Array.isArray(number) ? asList(number) : [number])).map(asNumber)),
  parseint: (text = '', base = 10) => Number.parseInt(asString(text), asNumber(base)),
  pow: (number = 0, exponent = 1) => asNumber(number) ** asNumber(exponent),
  sha1: hash('sha1', 'hex'),
  sha256: hash('sha256', 'hex'),
  sha512: hash('sha512', 'hex'),
  signum: (number = 0) => Math.sign(asNumber(number)),
  urlencode: (text = '') => encodeURIComponent(asString(text)).replaceAll('%20', '+'),
  yamldecode: decoder('YAML', (text) => parseYaml(text, { merge: true })),
  yamlencode: (value = null) => writeYaml(value),
};
