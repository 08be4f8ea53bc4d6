/**
 * Units that can't be understood, and what comes after one of them. What becomes of these is clear before the delivery begins: the ones fail, the
 * others are cancelled, and nothing of them is ever built. So they are no reason to stop a later stage, or to ask what is to be rolled back. Pure.
 */
import type { DeliveryUnit } from '../model.ts';

/** @param units in an order in which every unit comes after its dependencies */
export function withoutProspect(units: readonly Pick<DeliveryUnit, 'path' | 'after' | 'error'>[]): Set<string> {
  const found = new Set<string>();
  for (const { path, after, error } of units)
    if (error !== undefined || after.some((before) => found.has(before))) found.add(path);
  return found;
}
