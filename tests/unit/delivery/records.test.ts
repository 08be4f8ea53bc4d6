import { type Records, readRecords, recordsSchema } from '../../../src/delivery/records.ts';
import { deliveryOf } from '../../support/delivery.ts';

const applied = { r: { outcome: 'applied', ok: true } };
const failed = { r: { outcome: 'failed', half: true } };
const chain = [{ path: 'vpc' }, { path: 'db', after: ['vpc'] }, { path: 'app', after: ['db'] }];

function outcomes(units: Parameters<typeof deliveryOf>[1], told: unknown): Record<string, unknown> {
  const records: Records = recordsSchema.parse(told);
  return Object.fromEntries(readRecords(deliveryOf('c'.repeat(40), units), records));
}

test('records are found in whatever groups they are', () => {
  const told = { g1: [{ u1: applied, g2: [{ u2: applied }, { u3: failed }] }] };
  expect(outcomes(chain, told)).toEqual({
    vpc: { outcome: 'applied' },
    db: { outcome: 'applied' },
    app: { outcome: 'failed', half: true },
  });
});

test('a unit without a record is cancelled when something before it did not end well, and else could not be planned', () => {
  expect(outcomes(chain, { g1: [{ u1: failed }] })).toMatchObject({
    db: { outcome: 'cancelled' },
    app: { outcome: 'cancelled' },
  });
  expect(outcomes(chain, { g1: [{ u1: applied }] })).toMatchObject({
    db: { outcome: 'failed' },
    app: { outcome: 'cancelled' },
  });
});

test('whatever is in a stage after one that did not end well is cancelled', () => {
  const units = [
    { path: 'vpc', stage: 'platform' },
    { path: 'app', stage: 'apps' },
  ];
  expect(outcomes(units, { g1: [{ u1: failed }] }).app).toEqual({ outcome: 'cancelled' });
});

test('what a step was told next tells that it was not approved, or that its apply broke', () => {
  const told = {
    g1: [{ u1: { r: { action: 'ask', unit: 'vpc' } } }, { u2: { r: { action: 'destroy', unit: 'db' } } }],
  };
  expect(outcomes([{ path: 'vpc' }, { path: 'db' }], told)).toEqual({
    vpc: { outcome: 'failed', unanswered: true },
    db: { outcome: 'failed', half: true },
  });
});

test.each([null, 7, 'applied', [], { outcome: 'done' }, { action: 'wait' }])(
  'what can not be read, %j, is a failure',
  (r) => {
    expect(outcomes([{ path: 'vpc' }], { g1: [{ u1: { r } }] })).toEqual({ vpc: { outcome: 'failed', half: true } });
    expect(outcomes([{ path: 'vpc' }], { g1: [{ u1: applied }], g2: [{ r1: { r } }] })).toEqual({
      vpc: { outcome: 'rollback-failed' },
    });
  },
);

test('a unit that was rolled back is no longer half applied', () => {
  const told = { g1: [{ u1: failed }], g2: [{ r1: { r: { outcome: 'rolled-back' } } }] };
  expect(outcomes([{ path: 'vpc' }], told)).toEqual({ vpc: { outcome: 'rolled-back' } });
});
