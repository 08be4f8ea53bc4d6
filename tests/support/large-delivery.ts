/** Large deliveries as live repositories have them: sixty layers, each unit on one or two of the layer below. */
import type { Delivery } from '../../src/model.ts';
import { deliveryOf, type UnitFacts } from './delivery.ts';

const layers = 60;
const base = 'ba5e'.padEnd(40, '0');

export function largeDelivery(units: number): Delivery {
  const path = (index: number) =>
    `layer-${String(index % layers).padStart(2, '0')}/environment-${Math.floor(index / layers)}`;
  const facts = Array.from({ length: units }, (_, index): UnitFacts => {
    const below = index % layers === 0 ? [] : [index - 1, index - 1 - layers];
    return {
      path: path(index),
      base,
      after: below
        .filter((other) => other >= 0)
        .map(path)
        .sort(),
    };
  });
  const inLayers = facts.map((unit, index) => ({ unit, layer: index % layers })).sort((a, b) => a.layer - b.layer);
  return deliveryOf(
    'c0ffee'.padEnd(40, '0'),
    inLayers.map(({ unit }) => unit),
  );
}
