/** Functions on lists, sets and maps, as Terraform defines them. A set is a list without repetition, in order. */
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

const distinct = (list: Value[]) =>
  list.filter((item, position) => list.findIndex((other) => equalValues(item, other)) === position);
const inSetOrder = (list: Value[]) =>
  distinct(list).sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : byBytes(JSON.stringify(a), JSON.stringify(b)),
  );
const includes = (list: Value[], wanted: Value) => list.some((item) => equalValues(item, wanted));

function flatten(list: Value[]): Value[] {
  return list.flatMap((item) => {
    const value = settled(item);
    return Array.isArray(value) ? flatten(value) : [value];
  });
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
  contains: (list = [], wanted = null) => includes(asList(list), wanted),
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
    return asList(values).filter((_, position) => includes(asList(wanted), allKeys[position] as Value));
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
    return Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, row) => start + row * step);
  },
  reverse: (list = []) => [...asList(list)].reverse(),
  setintersection: (first = [], ...others) =>
    inSetOrder(asList(first).filter((item) => others.every((other) => includes(asList(other), item)))),
  setproduct: (...sets) =>
    sets.reduce<Value[][]>((rows, set) => rows.flatMap((row) => asList(set).map((item) => [...row, item])), [[]]),
  setsubtract: (first = [], second = []) => inSetOrder(asList(first).filter((item) => !includes(asList(second), item))),
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
      for (const item of asList(list)) result[asString(item)] = [...((result[asString(item)] as Value[]) ?? []), key];
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
