/**
 * Splits a dependency graph into nested sequences and parallels, the only shapes that Step Functions has.
 *
 * For a set of units:
 * 1. Units that no path of dependencies connects run in parallel: one branch for each connected component.
 * 2. A component in which one part comes wholly before another is a sequence of those parts. They are the connected
 *    components of the graph that joins units which may run at the same time. Nothing waits in vain so far.
 * 3. What is left has no exact nesting (the smallest such graph is shaped like an N). The units that depend on nothing
 *    are peeled off as the first part of a sequence; the rest is split again from 1. So a unit waits for another in vain
 *    only where it would in plain waves, and a nesting never takes longer than those, however long each unit takes.
 */
export type Group =
  | { kind: 'unit'; unit: string }
  | { kind: 'sequence'; groups: Group[] }
  | { kind: 'parallel'; groups: Group[] };

/** Each unit with the units that it comes after. Those outside of the graph are ignored. */
export type Order = ReadonlyMap<string, readonly string[]>;

/** Undefined for a graph without units. Parts are in the order in which `order` lists their first unit. */
export function decompose(order: Order): Group | undefined {
  const units = [...order.keys()];
  if (units.length === 0) return undefined;
  return split(units, reachability(order));
}

type Before = ReadonlyMap<string, ReadonlySet<string>>;

/** For every unit all units that it comes after, directly or not. */
function reachability(order: Order): Before {
  const before = new Map<string, Set<string>>();
  const visit = (unit: string): Set<string> => {
    const known = before.get(unit);
    if (known) return known;
    const all = new Set<string>();
    before.set(unit, all);
    for (const earlier of order.get(unit) ?? []) {
      if (!order.has(earlier)) continue;
      all.add(earlier);
      for (const ancestor of visit(earlier)) all.add(ancestor);
    }
    return all;
  };
  for (const unit of order.keys()) visit(unit);
  return before;
}

function split(units: string[], before: Before): Group {
  const [first] = units;
  if (units.length === 1 && first !== undefined) return { kind: 'unit', unit: first };
  const comesBefore = (a: string, b: string) => before.get(b)?.has(a) ?? false;
  const ordered = (a: string, b: string) => comesBefore(a, b) || comesBefore(b, a);

  const components = connected(units, ordered);
  if (components.length > 1) return { kind: 'parallel', groups: components.map((part) => split(part, before)) };

  const parts = connected(units, (a, b) => !ordered(a, b));
  const pieces = parts.length > 1 ? inOrder(parts, comesBefore) : peel(units, before);
  return { kind: 'sequence', groups: pieces.flatMap((piece) => flatten(split(piece, before))) };
}

function flatten(group: Group): Group[] {
  return group.kind === 'sequence' ? group.groups : [group];
}

function inOrder(parts: string[][], comesBefore: (a: string, b: string) => boolean): string[][] {
  const head = (part: string[]) => part[0] ?? '';
  return parts.sort((a, b) => (comesBefore(head(a), head(b)) ? -1 : 1));
}

/** Components of the undirected graph that `joined` describes. */
function connected(units: string[], joined: (a: string, b: string) => boolean): string[][] {
  const left = new Set(units);
  const components: string[][] = [];
  for (const start of units) {
    if (!left.delete(start)) continue;
    const component = new Set([start]);
    for (const unit of component) {
      for (const other of left) {
        if (!joined(unit, other)) continue;
        left.delete(other);
        component.add(other);
      }
    }
    components.push(units.filter((unit) => component.has(unit)));
  }
  return components;
}

function peel(units: string[], before: Before): string[][] {
  const waits = (unit: string) => units.some((other) => before.get(unit)?.has(other));
  return [units.filter((unit) => !waits(unit)), units.filter(waits)];
}

/** The same units, last first: the order of a rollback. */
export function reversed(group: Group): Group {
  switch (group.kind) {
    case 'unit':
      return group;
    case 'parallel':
      return { kind: 'parallel', groups: group.groups.map(reversed) };
    case 'sequence':
      return { kind: 'sequence', groups: group.groups.map(reversed).reverse() };
  }
}

export function unitsOf(group: Group): string[] {
  return group.kind === 'unit' ? [group.unit] : group.groups.flatMap(unitsOf);
}
