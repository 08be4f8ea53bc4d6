import { noEffects } from '../../src/model.ts';
import { planInShort } from '../../src/plan-in-short.ts';

test('a plan is told by what it adds, changes and destroys, none left out', () => {
  expect(planInShort({ counts: { ...noEffects, add: 1, destroy: 12 } })).toBe('+1 ~0 -12');
});

test('what is moved, imported and forgotten, outputs and warnings are told where there are any', () => {
  const counts = { ...noEffects, move: 1, import: 2, forget: 3 };
  expect(planInShort({ counts, outputsChanged: ['a', 'b'], warnings: ['It is old.'] })).toBe(
    '+0 ~0 -0, 1 moved, 2 imported, 3 forgotten, outputs: a, b, 1 warning',
  );
});

test('of very many outputs some are named', () => {
  const outputsChanged = Array.from({ length: 12 }, (_, index) => `o${index}`);
  expect(planInShort({ counts: noEffects, outputsChanged })).toBe(
    '+0 ~0 -0, outputs: o0, o1, o2, o3, o4, … and 7 more',
  );
});
