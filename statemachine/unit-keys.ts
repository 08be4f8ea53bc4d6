/** Short keys for units in the execution's data, where paths could not be JSONPath names. */
import type { Delivery } from '../src/model.ts';

/** Gives each unit's key. */
export type Keys = (path: string) => string;

/** Each unit's key in the execution's data: its place in the delivery. */
export function unitKeys(delivery: Delivery): Keys {
  const places = new Map(delivery.units.map((unit, index) => [unit.path, `u${index + 1}`]));
  return (path) => places.get(path) ?? 'none';
}
