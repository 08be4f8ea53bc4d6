/** Random change sets: each unit with the units that it comes after. */
import type { Order } from '../../statemachine/nesting/unit-graph.ts';
import type { Random } from './random.ts';

export interface Family {
  name: string;
  make: (random: Random) => Order;
}

export const families: Family[] = [
  { name: '10 units, each after up to 2 others', make: (random) => sparse(10, 2, random) },
  { name: '30 units, each after up to 2 others', make: (random) => sparse(30, 2, random) },
  { name: '30 units, each after up to 3 others', make: (random) => sparse(30, 3, random) },
  { name: '100 units, each after up to 2 others', make: (random) => sparse(100, 2, random) },
  { name: '3 layers of 5, each after 1 or 2 of the layer before', make: (random) => layered(3, 5, 2, random) },
  { name: '5 layers of 10, each after 1 or 2 of the layer before', make: (random) => layered(5, 10, 2, random) },
  { name: '6 layers of 20, each after 1 of the layer before', make: (random) => layered(6, 20, 1, random) },
  { name: 'an environment with 5 apps', make: (random) => environments(1, 5, random) },
  { name: '3 environments with 8 apps each', make: (random) => environments(3, 8, random) },
  { name: '10 environments with 12 apps each', make: (random) => environments(10, 12, random) },
];

export function sparse(units: number, most: number, random: Random): Order {
  const order = new Growing();
  for (let unit = 0; unit < units; unit++) order.add(some(order.names, Math.floor(random() * (most + 1)), random));
  return order.units;
}

export function layered(layers: number, width: number, most: number, random: Random): Order {
  const order = new Growing();
  let before: string[] = [];
  for (let layer = 0; layer < layers; layer++)
    before = Array.from({ length: width }, () => order.add(some(before, 1 + Math.floor(random() * most), random)));
  return order.units;
}

/** The shape of live repositories: an account, in each environment network, keys, cluster and data, and apps upon these. */
export function environments(count: number, apps: number, random: Random): Order {
  const order = new Growing();
  const maybe = (chance: number, unit: string) => (random() < chance ? [unit] : []);
  const account = order.add([]);
  for (let environment = 0; environment < count; environment++) {
    const network = order.add(maybe(0.5, account));
    const keys = order.add([]);
    const zone = order.add(maybe(0.5, account));
    const firewall = order.add([network]);
    const cluster = order.add([network, ...maybe(0.5, keys)]);
    const ingress = order.add([cluster, zone]);
    const stores = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      order.add([network, ...maybe(0.5, firewall), ...maybe(0.4, keys)]),
    );
    for (let index = 0; index < apps; index++) {
      const app = order.add([cluster, ...stores.flatMap((store) => maybe(0.35, store)), ...maybe(0.4, ingress)]);
      if (random() < 0.3) order.add([app, ...maybe(0.5, zone)]);
    }
  }
  return order.units;
}

class Growing {
  readonly units = new Map<string, string[]>();

  get names(): string[] {
    return [...this.units.keys()];
  }

  add(after: string[]): string {
    const name = `unit-${this.units.size}`;
    this.units.set(name, after);
    return name;
  }
}

function some(names: readonly string[], count: number, random: Random): string[] {
  const picks = Array.from({ length: count }, () => names[Math.floor(random() * names.length)] ?? []);
  return [...new Set(picks.flat())];
}
