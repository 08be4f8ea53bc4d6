/** Functions on lists, sets and maps, as Terraform defines them. A set is a list without repetition, in order. */
import { mayHold } from '../budget.ts';
import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asString,
  byBytes,
  EvaluationError,
  emptyObject,
  equalValues,
  isObject,
  objectOf,
  settled,
  sortedKeys,
  typeName,
  Unknown,
  unified,
  type Value,
} from '../values.ts';

type Function = (...args: Value[]) => Value;

/** Values by what makes them equal to others. */
const keyed = (list: Value[]) => new Map(list.map((item) => [keyOf(item), item] as const));
const keyOf = (value: Value): string => (typeof value === 'string' ? `"${value}` : JSON.stringify(inOrder(value)));

/** The same with the attributes of objects in order. */
function inOrder(value: Value): Value {
  if (Array.isArray(value)) return value.map(inOrder);
  return isObject(value) ? objectOf(sortedKeys(value).map((key) => [key, inOrder(value[key] as Value)])) : value;
}

/** Of equal values the first. */
const distinct = (list: Value[]) => [...keyed(list).values()];
const inSetOrder = (list: Value[]) =>
  distinct(list).sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : byBytes(JSON.stringify(a), JSON.stringify(b)),
  );

function flatten(list: Value[], flat: Value[] = []): Value[] {
  mayHold(flat.length + list.length, list.length);
  for (const item of list) {
    const value = settled(item);
    if (Array.isArray(value)) flatten(value, flat);
    else flat.push(value);
  }
  return flat;
}

function mergeDeep(target: Value, source: Value): Value {
  if (!isObject(target) || !isObject(source)) return source;
  const result = Object.assign(emptyObject(), target);
  for (const key of Object.keys(source))
    result[key] = key in result ? mergeDeep(result[key] as Value, source[key] as Value) : (source[key] as Value);
  return result;
}

const empty = (value: Value) => value === null || value === '';

export const collectionFunctions: Record<string, Function> = {
  alltrue: (list = []) => asList(list).every((item) => item !== null && asBoolean(item)),
  anytrue: (list = []) => asList(list).some((item) => item !== null && asBoolean(item)),
  chunklist: (list = [], size = 1) => {
    const items = asList(list);
    if (asNumber(size) < 0) throw new EvaluationError('the size is negative');
    const step = Math.max(1, asNumber(size));
    return Array.from({ length: Math.ceil(items.length / step) }, (_, row) =>
      items.slice(row * step, (row + 1) * step),
    );
  },
  coalesce: (...args) => {
    for (const [position, arg] of args.entries()) if (!empty(arg)) return unified(args)[position] as Value;
    throw new EvaluationError('all its arguments are null or empty');
  },
  coalescelist: (...lists) => {
    for (const list of lists) if (list !== null && asList(list).length > 0) return list;
    throw new EvaluationError('all its lists are empty');
  },
  compact: (list = []) => asList(list).filter((item) => !empty(item)),
  concat: (...lists) => lists.flatMap((list) => asList(list)),
  contains: (list = [], wanted = null) => asList(list).some((item) => equalValues(item, wanted)),
  deep_merge: (...objects) => objects.reduce(mergeDeep, emptyObject()),
  distinct: (list = []) => distinct(unified(asList(list))),
  element: (list = [], position = 0) => {
    const items = asList(list);
    if (items.length === 0) throw new EvaluationError('the list is empty');
    const at = asNumber(position) % items.length;
    return items[at < 0 ? at + items.length : at] as Value;
  },
  flatten: (list = []) => flatten(asList(list)),
  index: (list = [], wanted = null) => {
    const position = asList(list).findIndex((item) => equalValues(item, wanted));
    if (position < 0) throw new EvaluationError('the list does not hold the value');
    return position;
  },
  keys: (map) => sortedKeys(asObject(map ?? null)),
  length: (value = null) => {
    if (typeof value === 'string') return [...value].length;
    if (Array.isArray(value)) return value.length;
    return Object.keys(asObject(value)).length;
  },
  lookup: (map, key = '', fallback) => {
    const found = asObject(map ?? null)[asString(key)];
    if (found !== undefined) return found;
    if (fallback === undefined) throw new EvaluationError(`there is no "${asString(key)}" in it`);
    return fallback;
  },
  matchkeys: (values = [], keys = [], wanted = []) => {
    const allKeys = asList(keys);
    if (asList(values).length !== allKeys.length) throw new EvaluationError('the lists have different lengths');
    const chosen = keyed(asList(wanted));
    return asList(values).filter((_, position) => chosen.has(keyOf(allKeys[position] as Value)));
  },
  merge: (...maps) =>
    maps
      .filter((map) => map !== null)
      .reduce<Value>((all, map) => Object.assign(all as object, asObject(map)) as Value, emptyObject()),
  one: (list = []) => {
    const items = asList(list);
    if (items.length > 1) throw new EvaluationError(`the list has ${items.length} elements`);
    return items[0] ?? null;
  },
  range: (...bounds) => {
    const [first = 0, second, third] = bounds.map(asNumber);
    const [start, end] = second === undefined ? [0, first] : [first, second];
    const step = third ?? (start <= end ? 1 : -1);
    if (step === 0) throw new EvaluationError('the step is 0');
    const length = Math.max(0, Math.ceil((end - start) / step));
    mayHold(length);
    return Array.from({ length }, (_, row) => start + row * step);
  },
  reverse: (list = []) => [...asList(list)].reverse(),
  setintersection: (first = [], ...others) =>
    inSetOrder(
      others
        .map((other) => keyed(asList(other)))
        .reduce((rest, other) => rest.filter((item) => other.has(keyOf(item))), asList(first)),
    ),
  setproduct: (...sets) => {
    const lists = sets.map(asList);
    const rows = lists.reduce((rows, list) => rows * list.length, 1);
    mayHold(rows, rows * lists.length);
    return lists.reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
  },
  setsubtract: (first = [], second = []) => {
    const without = keyed(asList(second));
    return inSetOrder(asList(first).filter((item) => !without.has(keyOf(item))));
  },
  setunion: (...sets) => inSetOrder(sets.flatMap(asList)),
  slice: (list = [], from = 0, to = 0) => {
    const items = asList(list);
    if (asNumber(from) < 0 || asNumber(to) > items.length || asNumber(from) > asNumber(to))
      throw new EvaluationError(`the list has only ${items.length} elements`);
    return items.slice(asNumber(from), asNumber(to));
  },
  sort: (list = []) => asList(list).map(asString).sort(byBytes),
  sum: (list = []) => {
    if (asList(list).length === 0) throw new EvaluationError('the list is empty');
    return asList(list).reduce<number>((total, item) => total + asNumber(item), 0);
  },
  tolist: (list = []) => unified(asList(list)),
  tomap: (map = null) => {
    const keys = Object.keys(asObject(map));
    const values = unified(Object.values(asObject(map)));
    return objectOf(keys.map((key, position) => [key, values[position] as Value] as const));
  },
  toset: (list = []) => inSetOrder(unified(asList(list))),
  transpose: (map = null) => {
    const result = emptyObject();
    for (const [key, list] of Object.entries(asObject(map)))
      for (const item of asList(list)) {
        result[asString(item)] ??= [];
        (result[asString(item)] as Value[]).push(key);
      }
    return result;
  },
  values: (map = null) => sortedKeys(asObject(map)).map((key) => asObject(map)[key] as Value),
  zipmap: (keys = [], values = []) => {
    const items = asList(values);
    if (items.length !== asList(keys).length) throw new EvaluationError('there are not as many keys as values');
    return objectOf(asList(keys).map((key, position) => [asString(key), items[position] as Value] as const));
  },
  tostring: (value = null) => (value === null ? null : asString(value)),
  tonumber: (value = null) => (value === null ? null : asNumber(value)),
  tobool: (value = null) => (value === null ? null : asBoolean(value)),
  sensitive: (value = null) => value,
  nonsensitive: (value = null) => value,
  type: (value = null) => (value instanceof Unknown ? value : typeName(value).replace(/^an? /, '')),
};
