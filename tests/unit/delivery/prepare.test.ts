import { deliverySettings } from '../../../src/config/environments.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { type AppliedUnit, nothingApplied } from '../../../src/delivery/applied.ts';
import { prepareDelivery } from '../../../src/delivery/prepare.ts';
import { type DeliveryUnit, type Durations, deliverySchema, settingsIn, unknownDurations } from '../../../src/model.ts';
import { changeSetOf, commit } from '../../support/change-set.ts';

const config = configSchema.parse({});
const changeSet = changeSetOf(2, {
  graph: { vpc: [], db: ['vpc'], app: ['db'] },
  touched: { db: 'modified' },
});

function secondsWith(durations: Durations): Record<string, number | null> {
  const record: AppliedUnit = { commit: commit('c1'), fingerprint: 'the same', half: null, durations };
  const applied = { version: 1 as const, units: { vpc: record, db: record, app: record } };
  const { units } = prepareDelivery(changeSet, applied, [], config);
  return Object.fromEntries(units.map(({ path, seconds }) => [path, seconds]));
}

describe('how long a unit of a delivery is expected to take', () => {
  test('is what its plan and apply took last, and the plan alone where nothing else than its readers changed', () => {
    expect(secondsWith({ plan: 10, apply: 60 })).toEqual({ vpc: 10, db: 70, app: 70 });
  });

  test('is the plan alone while it was never applied', () => {
    expect(secondsWith({ plan: 10, apply: null })).toEqual({ vpc: 10, db: 10, app: 10 });
  });

  test('is not known while it was never planned', () => {
    expect(secondsWith(unknownDurations)).toEqual({ vpc: null, db: null, app: null });
    expect(prepareDelivery(changeSet, nothingApplied, [], config).units.map(({ seconds }) => seconds)).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('is not known of a delivery that was described before it was kept', () => {
    const { units, ...described } = prepareDelivery(changeSet, nothingApplied, [], config);
    const before = { ...described, units: units.map(({ seconds: _, ...unit }) => unit) };
    expect(deliverySchema.parse(before).units.map(({ seconds }) => seconds)).toEqual([null, null, null]);
  });
});

describe('the settings of a delivery', () => {
  const settings = configSchema.parse({
    environments: { '{vpc,db}': { minimumApprovals: 2 }, elsewhere: {} },
    approvals: { autoApprove: 'no-destroy' },
  });
  const delivery = deliverySchema.parse(prepareDelivery(changeSet, nothingApplied, [], settings));
  const unit = (path: string) => delivery.units.find((one) => one.path === path) as DeliveryUnit;

  test('are those that it began with: each unit names its environment, and the delivery has what holds there', () => {
    expect(delivery.units.map(({ path, environment }) => [path, environment])).toEqual([
      ['vpc', '{vpc,db}'],
      ['db', '{vpc,db}'],
      ['app', undefined],
    ]);
    expect(settingsIn(delivery, unit('db'))).toMatchObject({ minimumApprovals: 2, autoApprove: 'no-destroy' });
    expect(settingsIn(delivery, unit('app'))).toMatchObject({ minimumApprovals: 1, autoApprove: 'no-destroy' });
  });

  test('are never those of elsewhere for a unit whose environment it does not know', () => {
    expect(() => settingsIn(delivery, { environment: 'lost' })).toThrow('no settings of the environment lost');
  });

  test('are the defaults when it was described before deliveries carried them', () => {
    const { settings: _, units, ...described } = delivery;
    const before = deliverySchema.parse({ ...described, units: units.map(({ environment: _, ...rest }) => rest) });
    expect(settingsIn(before, unit('app'))).toBeDefined();
    expect(before.settings).toEqual(deliverySettings([], configSchema.parse({})));
  });
});
