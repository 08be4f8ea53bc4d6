/** Random orders and what their nesting keeps of them. */
import fc from 'fast-check';
import { decompose, type Seconds } from '../../statemachine/nesting/decompose.ts';
import { type Group, unitsOf } from '../../statemachine/nesting/group.ts';
import {
  arbitraryOrder,
  arbitrarySeriesParallelOrder,
  type RandomOrder,
  runs as usualRuns,
} from '../support/arbitrary-delivery.ts';
import { criticalPath, type Duration, inWaves, makespan, wavesOf } from '../support/makespan.ts';

/** These are quick. */
const numRuns = usualRuns * 3;

const names = 'abcdefghijkl'.split('');
const order = fc.integer({ min: 1, max: names.length }).chain((size) => arbitraryOrder(names.slice(0, size)));
const durations = fc.infiniteStream(fc.integer({ min: 1, max: 20 }));

function timed(given: RandomOrder, stream: Iterable<number>): Duration {
  const source = stream[Symbol.iterator]();
  const times = new Map([...given.keys()].map((unit) => [unit, source.next().value as number]));
  return (unit) => times.get(unit) ?? 0;
}

function nested(given: RandomOrder, seconds?: Seconds): Group {
  const group = decompose(given, seconds);
  if (group === undefined) throw new Error('nothing to nest');
  return group;
}

/** How the nesting places two units: one before the other, or side by side. */
function placed(group: Group, a: string, b: string): 'before' | 'after' | 'beside' {
  if (group.kind === 'unit') throw new Error(`${a} and ${b} are one`);
  const placeOf = (unit: string) => group.groups.findIndex((part) => unitsOf(part).includes(unit));
  const [first, second] = [placeOf(a), placeOf(b)];
  if (first === second) return placed(group.groups[first] as Group, a, b);
  if (group.kind === 'parallel') return 'beside';
  return first < second ? 'before' : 'after';
}

/** Units that dependencies connect, in whichever direction. */
function connectedTo(given: RandomOrder, start: string): Set<string> {
  const reached = new Set([start]);
  for (const unit of reached) {
    for (const [other, after] of given) {
      if (after.includes(unit)) reached.add(other);
      if (other === unit) for (const earlier of after) reached.add(earlier);
    }
  }
  return reached;
}

const pairs = (given: RandomOrder) => [...given.keys()].flatMap((a) => [...given.keys()].map((b) => [a, b] as const));

test('every unit has exactly one place', () => {
  fc.assert(
    fc.property(order, (given) => {
      expect(unitsOf(nested(given)).sort()).toEqual([...given.keys()].sort());
    }),
    { numRuns },
  );
});

test('a unit ends before those that come after it begin', () => {
  fc.assert(
    fc.property(order, (given) => {
      const group = nested(given);
      for (const [unit, after] of given)
        for (const earlier of after) expect(placed(group, earlier, unit)).toBe('before');
    }),
    { numRuns },
  );
});

test('units that no path of dependencies connects never wait for each other', () => {
  fc.assert(
    fc.property(order, (given) => {
      const group = nested(given);
      for (const [a, b] of pairs(given)) if (!connectedTo(given, a).has(b)) expect(placed(group, a, b)).toBe('beside');
    }),
    { numRuns },
  );
});

test('an order made of "side by side" and "one after the other" loses nothing by nesting, however long each unit takes', () => {
  fc.assert(
    fc.property(arbitrarySeriesParallelOrder, durations, (given, stream) => {
      const duration = timed(given, stream);
      expect(makespan(nested(given), duration)).toBe(criticalPath(given, duration));
    }),
    { numRuns },
  );
});

test('no order takes longer than in waves, however long each unit takes', () => {
  fc.assert(
    fc.property(order, durations, (given, stream) => {
      const duration = timed(given, stream);
      expect(makespan(nested(given), duration)).toBeLessThanOrEqual(inWaves(given, duration));
    }),
    { numRuns },
  );
});

test('a unit waits for none of its own wave or of a later one', () => {
  fc.assert(
    fc.property(order, (given) => {
      const group = nested(given);
      const wave = wavesOf(given);
      for (const [a, b] of pairs(given))
        if (a !== b && (wave.get(a) ?? 0) >= (wave.get(b) ?? 0)) expect(placed(group, a, b)).not.toBe('before');
    }),
    { numRuns },
  );
});

test('nothing nested by known durations takes longer than in waves when they come true', () => {
  fc.assert(
    fc.property(order, durations, (given, stream) => {
      const duration = timed(given, stream);
      expect(makespan(nested(given, duration), duration)).toBeLessThanOrEqual(inWaves(given, duration));
    }),
    { numRuns },
  );
});

test('durations never put a unit before one that it comes after, nor let those wait that nothing connects', () => {
  fc.assert(
    fc.property(order, durations, (given, stream) => {
      const group = nested(given, timed(given, stream));
      expect(unitsOf(group).sort()).toEqual([...given.keys()].sort());
      for (const [unit, after] of given)
        for (const earlier of after) expect(placed(group, earlier, unit)).toBe('before');
      for (const [a, b] of pairs(given)) if (!connectedTo(given, a).has(b)) expect(placed(group, a, b)).toBe('beside');
    }),
    { numRuns },
  );
});

test('groups are never empty, of one part, or of their own kind', () => {
  const check = (group: Group): void => {
    if (group.kind === 'unit') return;
    expect(group.groups.length).toBeGreaterThan(1);
    for (const part of group.groups) {
      expect(part.kind).not.toBe(group.kind);
      check(part);
    }
  };
  fc.assert(
    fc.property(order, (given) => check(nested(given))),
    { numRuns },
  );
});
