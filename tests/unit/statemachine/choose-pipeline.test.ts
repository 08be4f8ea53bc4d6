import aslValidator from 'asl-validator';
import { choosePipeline } from '../../../statemachine/choose-pipeline.ts';
import { groupsOf } from '../../../statemachine/compact/size.ts';
import { bytesOf } from '../../../statemachine/limits.ts';
import { settings, statesOf } from '../../support/definition.ts';
import { deliveryOf, type UnitFacts } from '../../support/delivery.ts';
import { largeDelivery } from '../../support/large-delivery.ts';

const head = 'c'.repeat(40);
const chain = (length: number) =>
  deliveryOf(
    head,
    Array.from(
      { length },
      (_, index): UnitFacts => ({ path: `u${index}`, after: index === 0 ? [] : [`u${index - 1}`] }),
    ),
  );
const formOf = (...args: Parameters<typeof choosePipeline>) => choosePipeline(...args).form;

describe('the form of a delivery', () => {
  test('is inline while Step Functions takes that, then inline forward only, and compact beyond', () => {
    expect(formOf(largeDelivery(200), settings)).toBe('inline');
    expect(formOf(largeDelivery(300), settings)).toBe('inline forward');
    expect(formOf(largeDelivery(600), settings)).toBe('compact');
  });

  test('has states for each of 300 units in at most 2.5 kB a unit', () => {
    const { definition } = choosePipeline(largeDelivery(300), settings);
    const names = statesOf(definition).map(([name]) => name);
    for (const verb of ['Plan', 'Approve', 'Apply'])
      expect(names.filter((name) => name.startsWith(`${verb} `))).toHaveLength(300);
    expect(bytesOf(definition) / 300).toBeLessThanOrEqual(2500);
  });

  test('is compact for more units than are configured for the inline one', () => {
    expect(formOf(largeDelivery(61), { ...settings, inlineUnits: 61 })).toBe('inline');
    expect(formOf(largeDelivery(61), { ...settings, inlineUnits: 60 })).toBe('compact');
  });

  test('has the same states for 10,000 units as for 2,000', () => {
    const names = (units: number) =>
      statesOf(choosePipeline(largeDelivery(units), settings).definition).map(([name]) => name);
    expect(names(10_000)).toEqual(names(2000));
  });

  test('does not exist for more than 10,000 units, which is told before anything begins', () => {
    expect(() => choosePipeline(largeDelivery(10_001), settings)).toThrow(
      'A delivery has at most 10000 units, and this one has 10001; deliver fewer units in one commit.',
    );
  });

  test('does not exist for a chain whose events would not fit a history', () => {
    const compact = { ...settings, inlineUnits: 0 };
    expect(formOf(chain(150), compact)).toBe('compact');
    expect(() => choosePipeline(chain(400), compact)).toThrow(
      /^A delivery of 400 units, 400 of them one after the other, /,
    );
  });
});

test('units need as many groups as their longest chain, and those of a later stage come behind all of an earlier one', () => {
  const units = [{ path: 'a' }, { path: 'b', after: ['a'] }, { path: 'c' }, { path: 'd', stage: 'later' }];
  expect(groupsOf(deliveryOf(head, units))).toBe(3);
});

test('the compact form passes asl-validator', () => {
  expect(aslValidator(choosePipeline(largeDelivery(2000), settings).definition).errors).toEqual([]);
});
