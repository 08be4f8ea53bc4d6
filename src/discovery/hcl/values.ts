/** What expressions evaluate to. Lists, tuples and sets are arrays; maps and objects are objects without a prototype. */
import { beginningOf } from './file.ts';

/** A value that can't be known without running something; it says why, and stays unknown through every operation. */
export class Unknown {
  readonly reason: string;
  /** What a text is known to begin with; only a template and a choice between texts tell. */
  readonly beginning: string;

  constructor(reason: string, beginning = '') {
    this.reason = reason;
    this.beginning = beginning;
  }
}

/** What Terraform makes when it runs; a file of that name is no file of the repository. */
export class Made extends Unknown {}

/** The value as an operand, of which the result does not begin as it does. */
export function operand<Any extends Value>(value: Any): Any | Unknown {
  return value instanceof Unknown && value.beginning !== '' ? new Unknown(value.reason) : value;
}

/** An object whose attributes are evaluated when they are asked for, such as `local` or an exposed `include`, and remembered. */
export class LazyObject {
  readonly #names: () => Iterable<string>;
  readonly #compute: (name: string) => Value | undefined;
  readonly #known = new Map<string, Value | undefined | EvaluationError>();
  readonly #running = new Set<string>();

  constructor(names: () => Iterable<string>, compute: (name: string) => Value | undefined) {
    this.#names = names;
    this.#compute = compute;
  }

  /**
   * Undefined when there is no such attribute.
   * @throws EvaluationError when it has no value, or needs itself
   */
  get(name: string): Value | undefined {
    const known = this.#known.get(name);
    if (known instanceof EvaluationError) throw known;
    if (known !== undefined || this.#known.has(name)) return known;
    if (this.#running.has(name)) throw new EvaluationError(`${name} refers to itself`);
    this.#running.add(name);
    try {
      const value = this.#compute(name);
      this.#known.set(name, value);
      return value;
    } catch (error) {
      if (error instanceof EvaluationError) this.#known.set(name, error);
      throw error;
    } finally {
      this.#running.delete(name);
    }
  }

  /** All attributes. */
  whole(): ObjectValue {
    const object = emptyObject();
    for (const name of this.#names()) {
      const value = this.get(name);
      if (value !== undefined) object[name] = settled(value);
    }
    return object;
  }
}

export type ObjectValue = { [key: string]: Value };
export type Value = string | number | boolean | null | Value[] | ObjectValue | Unknown | LazyObject;

/** An expression has no value: a missing attribute, a wrong type. `try` and `can` catch it. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';

  constructor(message: string) {
    super(beginningOf(message));
  }
}

export function emptyObject(): ObjectValue {
  return Object.create(null) as ObjectValue;
}

export function objectOf(entries: Iterable<readonly [string, Value]>): ObjectValue {
  const object = emptyObject();
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** The value with nothing lazy on its surface. */
export function settled(value: Value): Exclude<Value, LazyObject> {
  return value instanceof LazyObject ? value.whole() : value;
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown) &&
    !(value instanceof LazyObject)
  );
}

/** Larger or deeper values are not looked through: parts of a value may be in it many times over. */
const mostLookedAt = 2_000_000;
const deepest = 500;

/** The first unknown inside of a value, or undefined when all of it is known. */
export function unknownIn(value: Value): Unknown | undefined {
  return lookThrough(value).unknown;
}

/** What `unknownIn` finds, and how much it had to look at: values, and every ten characters. */
export function lookThrough(value: Value): { unknown: Unknown | undefined; size: number } {
  let size = 0;
  const look = (value: Value, depth: number): Unknown | undefined => {
    size += typeof value === 'string' ? 1 + value.length / 10 : 1;
    if (size > mostLookedAt || depth > deepest) return new Unknown('it is too large to be looked through');
    if (value instanceof Unknown) return value;
    if (typeof value !== 'object' || value === null) return undefined;
    const whole = settled(value);
    for (const inner of Array.isArray(whole) ? whole : Object.values(whole as ObjectValue)) {
      const unknown = look(inner, depth + 1);
      if (unknown) return unknown;
    }
    return undefined;
  };
  return { unknown: look(value, 0), size };
}

export function typeName(value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Unknown) return 'unknown';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value === 'boolean' ? 'bool' : typeof value}`;
}

/** HCL turns numbers and booleans to strings where a string is needed. */
export function asString(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return String(value);
  throw new EvaluationError(`a string is needed, this is ${typeName(value)}`);
}

/** Without an exponent, however large or small it is. */
export function numberText(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', first = '', rest = '', exponent = ''] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  return sign + (point > 0 ? digits.padEnd(point, '0') : `0.${'0'.repeat(-point)}${digits}`);
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function asNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && decimal.test(value)) return Number(value);
  throw new EvaluationError(`a number is needed, this is ${typeName(value)}`);
}

export function asBoolean(value: Value): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new EvaluationError(`true or false is needed, this is ${typeName(value)}`);
}

export function asList(value: Value): Value[] {
  const list = settled(value);
  if (Array.isArray(list)) return list;
  throw new EvaluationError(`a list is needed, this is ${typeName(value)}`);
}

export function asObject(value: Value): ObjectValue {
  const object = settled(value);
  if (isObject(object)) return object;
  throw new EvaluationError(`an object is needed, this is ${typeName(value)}`);
}

/** Maps are iterated in the order of their keys. */
export function sortedKeys(object: ObjectValue): string[] {
  return Object.keys(object).sort(byBytes);
}

/** Order of UTF-8 bytes, which is that of code points. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function equalValues(a: Value, b: Value): boolean {
  const left = settled(a);
  const right = settled(b);
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => equalValues(item, right[index] as Value));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && equalValues(left[key] as Value, right[key] as Value))
  );
}

const isPrimitive = (value: Value) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** The elements of a list, set or map, which have one type: simple ones become strings when one of them is. */
export function unified(items: Value[]): Value[] {
  const types = new Set(
    items.filter((item) => item !== null).map((item) => (isPrimitive(item) ? typeof item : 'other')),
  );
  if (types.size <= 1) return items;
  if (types.has('other') || !types.has('string')) throw new EvaluationError('its elements have different types');
  return items.map((item) => (item === null ? null : asString(item)));
}

/** Plain data (from JSON or YAML) as a value. */
export function fromData(data: unknown): Value {
  if (Array.isArray(data)) return data.map(fromData);
  if (data instanceof Date) return data.toISOString();
  if (typeof data === 'object' && data !== null)
    return objectOf(Object.entries(data).map(([key, value]) => [key, fromData(value)] as const));
  if (typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean') return data;
  return null;
}
