/** Change sets of about 1,000 units. */
import type { Order } from '../../statemachine/nesting/unit-graph.ts';
import { randomFrom } from './random.ts';
import { environments, layered, sparse } from './random-orders.ts';

const random = randomFrom(3);

export const largeOrders = {
  'each depends on two others': () => halves(1000),
  'each depends on up to three others': () => sparse(1000, 3, random),
  '60 environments': () => environments(60, 8, random),
  '100 layers of 10': () => layered(100, 10, 2, random),
} satisfies Record<string, () => Order>;

/** As in the generated repositories that discovery is measured with. */
function halves(units: number): Order {
  const name = (unit: number) => `unit-${unit}`;
  const after = (unit: number) =>
    [...new Set([Math.floor(unit / 2), Math.floor(unit / 3)])].filter((other) => other < unit);
  return new Map(Array.from({ length: units }, (_, unit) => [name(unit), after(unit).map(name)]));
}
