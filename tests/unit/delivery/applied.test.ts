import {
  type Applied,
  type AppliedUnit,
  appliedSchema,
  applyEndings,
  type Ending,
  nothingApplied,
} from '../../../src/delivery/applied.ts';
import { type Outcome, unknownDurations } from '../../../src/model.ts';
import { commit } from '../../support/change-set.ts';
import { deliveryOf, type UnitFacts } from '../../support/delivery.ts';

const [base, head] = [commit('base'), commit('head')];
const standing = (facts: Partial<AppliedUnit> = {}): Applied['units'] => ({
  vpc: { commit: base, fingerprint: 'old', half: null, durations: unknownDurations, ...facts },
});

function ended(
  outcome: Outcome,
  {
    half = false,
    complete,
    existed,
    durations,
    unit = {},
    applied = standing(),
  }: Partial<Ending> & { unit?: Partial<UnitFacts>; applied?: Applied['units'] } = {},
) {
  const delivery = deliveryOf(head, [{ path: 'vpc', base, ...unit }]);
  const endings = new Map([['vpc', { outcome, half, complete, existed, durations }]]);
  const once = applyEndings({ version: 1, units: applied }, delivery, endings, () => 'new');
  expect(applyEndings(once, delivery, endings, () => 'new')).toEqual(once);
  return once.units.vpc;
}

describe('what is applied of a unit', () => {
  test.each<[string, Outcome, Parameters<typeof ended>[1], object]>([
    [
      'applied stands at the head commit',
      'applied',
      {},
      { commit: head, fingerprint: 'new', half: null, tool: 'terraform', reads: [] },
    ],
    [
      'unchanged does, too',
      'unchanged',
      {},
      { commit: head, fingerprint: 'new', half: null, tool: 'terraform', reads: [] },
    ],
    ['skipped stays where it was', 'skipped', {}, { commit: base, fingerprint: 'old', half: null }],
    ['declined stays where it was', 'declined', {}, { commit: base, fingerprint: 'old', half: null }],
    ['cancelled stays where it was', 'cancelled', {}, { commit: base, fingerprint: 'old', half: null }],
    ['failed before its apply stays where it was', 'failed', {}, { commit: base, fingerprint: 'old', half: null }],
    ['failed in its apply is half applied', 'failed', { half: true }, { commit: base, fingerprint: 'old', half: head }],
    [
      'failed behind its apply is applied',
      'failed',
      { complete: true, applied: standing({ half: commit('other'), writes: ['s3 old'] }) },
      { commit: head, fingerprint: 'new', half: null, tool: 'terraform', reads: [] },
    ],
    [
      'new and failed behind its apply is applied, and nothing but what the delivery made',
      'failed',
      { complete: true, existed: false, unit: { base: null }, applied: {} },
      { commit: head, fingerprint: 'new', half: null, tool: 'terraform', reads: [], ours: true },
    ],
    [
      'deleted and failed behind its destroy is nowhere',
      'failed',
      { complete: true, unit: { deleted: true } },
      { commit: null, fingerprint: null, half: null },
    ],
    [
      'not rolled back although its plan was applied is where it was',
      'rollback-failed',
      { complete: true, applied: standing({ half: commit('other') }) },
      { commit: base, fingerprint: 'old', half: null },
    ],
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
      { applied: standing({ half: commit('other') }) },
      { commit: head, fingerprint: 'new', half: null, tool: 'terraform', reads: [] },
    ],
    [
      'half applied before is whole once it is rolled back',
      'rolled-back',
      { applied: standing({ half: commit('other') }) },
      { commit: base, fingerprint: 'old', half: null },
    ],
    [
      'half applied before stays so when it is declined',
      'declined',
      { applied: standing({ half: commit('other') }) },
      { commit: base, fingerprint: 'old', half: commit('other') },
    ],
  ])('that is %s', (_, outcome, how, expected) => {
    expect(ended(outcome, how)).toEqual({ ...expected, durations: unknownDurations });
  });

  test('whose name every object has is its own', () => {
    const unit = { path: 'constructor', base };
    const endings = new Map([['constructor', { outcome: 'declined' as const, half: false }]]);
    const applied = applyEndings(nothingApplied, deliveryOf(head, [unit]), endings, () => null);
    expect(appliedSchema.parse(applied).units).toMatchObject({ constructor: { commit: base, half: null } });
  });

  test('that a delivery did not reach stays as it was', () => {
    const delivery = deliveryOf(head, [{ path: 'vpc', base }]);
    expect(applyEndings(nothingApplied, delivery, new Map(), () => 'new')).toEqual(nothingApplied);
  });
});

describe('what the applied code of a unit reads', () => {
  const unit = { dependencies: ['dns', 'net'] };
  const reads = (outcome: Outcome, how: Parameters<typeof ended>[1] = {}) =>
    ended(outcome, { unit, applied: standing({ reads: ['keys', 'net'] }), ...how })?.reads;

  test('is what the head commit reads once that is applied, or nothing had to be', () => {
    expect(reads('applied')).toEqual(unit.dependencies);
    expect(reads('unchanged')).toEqual(unit.dependencies);
    expect(reads('applied', { unit: { ...unit, deleted: true } })).toBeUndefined();
  });

  test.each(['declined', 'cancelled', 'skipped', 'failed', 'rolled-back'] as const)(
    'stays what it was when it is %s',
    (outcome) => {
      expect(reads(outcome)).toEqual(['keys', 'net']);
    },
  );

  test('is what either reads when an apply or a rollback was left half done', () => {
    expect(reads('failed', { half: true })).toEqual(['dns', 'keys', 'net']);
    expect(reads('rollback-failed')).toEqual(['dns', 'keys', 'net']);
    expect(reads('failed', { half: true, unit: { ...unit, base: null }, applied: {} })).toEqual(['dns', 'net']);
  });

  test('stays unknown where it is not known of one of them', () => {
    expect(reads('failed', { half: true, applied: standing() })).toBeUndefined();
  });
});

describe('how long a unit takes', () => {
  const told = { plan: 10, apply: 60 };

  test('is what its plan and apply took last', () => {
    expect(ended('applied', { durations: told })?.durations).toEqual(told);
    const applied = standing({ durations: { plan: 5, apply: 300 } });
    expect(ended('applied', { durations: told, applied })?.durations).toEqual(told);
  });

  test('is known of the plan alone while nothing was applied', () => {
    expect(ended('unchanged', { durations: { plan: 10, apply: null } })?.durations).toEqual({ plan: 10, apply: null });
  });

  test('keeps what an earlier apply took when the plan has no changes', () => {
    const applied = standing({ durations: { plan: 5, apply: 300 } });
    const durations = { plan: 10, apply: null };
    expect(ended('unchanged', { durations, applied })?.durations).toEqual({ plan: 10, apply: 300 });
  });

  test.each(['failed', 'declined', 'cancelled', 'skipped', 'rolled-back', 'rollback-failed'] as const)(
    'stays what it was when it is %s',
    (outcome) => {
      expect(ended(outcome, { applied: standing({ durations: told }) })?.durations).toEqual(told);
    },
  );

  test('is not known from a record of before it was kept', () => {
    const record = { version: 1, units: { vpc: { commit: base, fingerprint: 'old', half: null } } };
    expect(appliedSchema.parse(record).units).toEqual(standing());
  });
});
