import { type Applied, applyEndings, nothingApplied } from '../../../src/delivery/applied.ts';
import type { Outcome } from '../../../src/model.ts';
import { commit } from '../../support/change-set.ts';
import { deliveryOf, type UnitFacts } from '../../support/delivery.ts';

const [base, head] = [commit('base'), commit('head')];
const before: Applied['units'] = { vpc: { commit: base, fingerprint: 'old', half: null } };

function after(
  outcome: Outcome,
  {
    half = false,
    unit = {},
    applied = before,
  }: { half?: boolean; unit?: Partial<UnitFacts>; applied?: Applied['units'] } = {},
) {
  const delivery = deliveryOf(head, [{ path: 'vpc', base, ...unit }]);
  const endings = new Map([['vpc', { outcome, half }]]);
  const once = applyEndings({ version: 1, units: applied }, delivery, endings, () => 'new');
  expect(applyEndings(once, delivery, endings, () => 'new')).toEqual(once);
  return once.units.vpc;
}

describe('what is applied of a unit', () => {
  test.each<[string, Outcome, Parameters<typeof after>[1], object]>([
    ['applied stands at the head commit', 'applied', {}, { commit: head, fingerprint: 'new', half: null }],
    ['unchanged does, too', 'unchanged', {}, { commit: head, fingerprint: 'new', half: null }],
    ['skipped stays where it was', 'skipped', {}, { commit: base, fingerprint: 'old', half: null }],
    ['declined stays where it was', 'declined', {}, { commit: base, fingerprint: 'old', half: null }],
    ['cancelled stays where it was', 'cancelled', {}, { commit: base, fingerprint: 'old', half: null }],
    ['failed before its apply stays where it was', 'failed', {}, { commit: base, fingerprint: 'old', half: null }],
    ['failed in its apply is half applied', 'failed', { half: true }, { commit: base, fingerprint: 'old', half: head }],
    ['rolled back is where it was', 'rolled-back', {}, { commit: base, fingerprint: 'old', half: null }],
    ['not rolled back is half applied', 'rollback-failed', {}, { commit: base, fingerprint: 'old', half: head }],
    [
      'deleted and applied is nowhere',
      'applied',
      { unit: { deleted: true } },
      { commit: null, fingerprint: null, half: null },
    ],
    [
      'deleted and declined is still there',
      'declined',
      { unit: { deleted: true } },
      { commit: base, fingerprint: 'old', half: null },
    ],
    [
      'new and declined is nowhere',
      'declined',
      { unit: { base: null }, applied: {} },
      { commit: null, fingerprint: null, half: null },
    ],
    [
      'new and rolled back is nowhere',
      'rolled-back',
      { unit: { base: null }, applied: {} },
      { commit: null, fingerprint: null, half: null },
    ],
    [
      'half applied before is whole once it is applied',
      'applied',
      { applied: { vpc: { commit: base, fingerprint: 'old', half: commit('other') } } },
      { commit: head, fingerprint: 'new', half: null },
    ],
    [
      'half applied before is whole once it is rolled back',
      'rolled-back',
      { applied: { vpc: { commit: base, fingerprint: 'old', half: commit('other') } } },
      { commit: base, fingerprint: 'old', half: null },
    ],
    [
      'half applied before stays so when it is declined',
      'declined',
      { applied: { vpc: { commit: base, fingerprint: 'old', half: commit('other') } } },
      { commit: base, fingerprint: 'old', half: commit('other') },
    ],
  ])('that is %s', (_, outcome, how, expected) => {
    expect(after(outcome, how)).toEqual(expected);
  });

  test('that a delivery did not reach stays as it was', () => {
    const delivery = deliveryOf(head, [{ path: 'vpc', base }]);
    expect(applyEndings(nothingApplied, delivery, new Map(), () => 'new')).toEqual(nothingApplied);
  });
});
