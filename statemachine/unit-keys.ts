/** Short keys for units in the execution's data, where paths could not be JSONPath names. */
import type { Delivery } from '../src/model.ts';

/** Each unit's key by its path: its place in the delivery, for its record `u…`, for that of its rollback `r…`. */
export function unitKeys({ units }: Pick<Delivery, 'units'>, record: 'u' | 'r' = 'u'): (path: string) => string {
  const places = new Map(units.map((unit, index) => [unit.path, `${record}${index + 1}`]));
  return (path) => places.get(path) ?? 'none';
}
