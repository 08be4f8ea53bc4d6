/** Which names the schema knows at a place of the settings. */
import type * as z from 'zod';

type Schema = z.core.$ZodType;

/** What the kinds of schemas hold: a group its names, a list or a map its values, the others what they wrap. */
interface Parts {
  shape?: Record<PropertyKey, Schema>;
  element?: Schema;
  valueType?: Schema;
  innerType?: Schema;
  options?: Schema[];
}

const partsOf = (schema: Schema) => schema._zod.def as Parts;

/** Names that may stand in the group to which `path` leads; none where there is no group. */
export function knownKeys(schema: Schema, path: readonly PropertyKey[]): string[] {
  const at = path.reduce<Schema[]>((schemas, key) => schemas.flatMap((one) => within(one, key)), [schema]);
  return at.flatMap(unwrapped).flatMap((inner) => Object.keys(partsOf(inner).shape ?? {}));
}

/** Every setting under fixed names by its dotted name: `timeouts.planMinutes`. */
export function settingNames(schema: Schema, prefix = ''): string[] {
  return knownKeys(schema, []).flatMap((key) => [
    prefix + key,
    ...within(schema, key).flatMap((inner) => settingNames(inner, `${prefix}${key}.`)),
  ]);
}

/** What stands under `key`. */
function within(schema: Schema, key: PropertyKey): Schema[] {
  return unwrapped(schema).flatMap((inner): Schema[] => {
    const { shape, element, valueType } = partsOf(inner);
    const found = shape?.[key] ?? element ?? valueType;
    return found ? [found] : [];
  });
}

/** Without what only says that it may be left out; each of several kinds. */
function unwrapped(schema: Schema): Schema[] {
  const { innerType, options } = partsOf(schema);
  if (innerType) return unwrapped(innerType);
  return options ? options.flatMap(unwrapped) : [schema];
}
