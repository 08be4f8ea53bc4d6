import { decompose } from '../../../statemachine/nesting/decompose.ts';
import type { Group } from '../../../statemachine/nesting/group.ts';

/** "a > b" is one after the other, "a | b" side by side. */
function written(group: Group | undefined): string {
  if (group === undefined) return '';
  if (group.kind === 'unit') return group.unit;
  return `(${group.groups.map(written).join(group.kind === 'sequence' ? ' > ' : ' | ')})`;
}

const nested = (order: Record<string, string[]>, seconds: Record<string, number> = {}) =>
  written(decompose(new Map(Object.entries(order)), (unit) => seconds[unit] ?? null));

/** The smallest order without an exact nesting: `api` needs both, `dns` only `vpc`. */
const shapedLikeN = { vpc: [], keys: [], dns: ['vpc'], api: ['vpc', 'keys'] };

test('no units have no nesting', () => {
  expect(decompose(new Map())).toBeUndefined();
});

test('units without dependencies run side by side, in the order in which they are listed', () => {
  expect(nested({ b: [], a: [], c: [] })).toBe('(b | a | c)');
});

test('a unit waits for what it depends on, and for nothing else', () => {
  expect(nested({ vpc: [], db: ['vpc'], keys: [], app: ['db'], dns: ['vpc'] })).toBe(
    '((vpc > ((db > app) | dns)) | keys)',
  );
});

test('parts of which each needs all of the one before run one after the other', () => {
  expect(nested({ a: [], b: [], c: ['a', 'b'], d: ['a', 'b'], e: ['c', 'd'] })).toBe('((a | b) > (c | d) > e)');
});

test('what has no exact nesting is cut between waves while no durations are known', () => {
  expect(nested(shapedLikeN)).toBe('((vpc | keys) > (dns | api))');
});

test('it is cut where the least time is lost once they are', () => {
  expect(nested(shapedLikeN, { vpc: 50, keys: 100, dns: 60, api: 5 })).toBe('(((vpc > dns) | keys) > api)');
  expect(nested(shapedLikeN, { vpc: 10, keys: 60, dns: 100, api: 40 })).toBe('(vpc > ((keys > api) | dns))');
});

test('it stays cut between waves where anything else gains too little to be sure', () => {
  expect(nested(shapedLikeN, { vpc: 100, keys: 90, dns: 90, api: 100 })).toBe('((vpc | keys) > (dns | api))');
});

test('a unit whose duration is not known counts as the usual one of those that are', () => {
  const known = { vpc: 10, keys: 100, dns: 100 };
  expect(nested(shapedLikeN, known)).toBe(nested(shapedLikeN, { ...known, api: 100 }));
  expect(nested(shapedLikeN, { vpc: 10 })).toBe('((vpc | keys) > (dns | api))');
});

test('waves are cut apart where components are the smallest', () => {
  // A bridge of two: only behind it the sides fall apart.
  const order = { a1: [], a2: [], b1: ['a1'], b2: ['a1', 'a2'], c1: ['b1'], c2: ['b2'], d1: ['c1'], d2: ['c2'] };
  expect(nested(order)).toBe('((a1 | a2) > ((b1 > c1 > d1) | (b2 > c2 > d2)))');
});

test('of an order with more waves than are told apart at once, nothing is lost', () => {
  const order: Record<string, string[]> = { a0: [], b0: [] };
  for (let step = 1; step <= 40; step++) {
    order[`a${step}`] = [`a${step - 1}`];
    order[`b${step}`] = [`a${step - 1}`, `b${step - 1}`];
  }
  for (let leaf = 0; leaf < 300; leaf++) order[`leaf${leaf}`] = [`b40`];
  const places = nested(order).match(/[a-z]+\d+/g) ?? [];
  expect(places.sort()).toEqual(Object.keys(order).sort());
});
