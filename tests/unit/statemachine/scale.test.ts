/** As large as deliveries get, in the in-process interpreter, with the product's own handlers. */
import { jest } from '@jest/globals';
import { quiet, type Story } from '../../support/arbitrary-delivery.ts';
import { largeDelivery } from '../../support/large-delivery.ts';
import { type Play, play, type Scheduler } from '../../support/play-delivery.ts';

jest.setTimeout(900_000);

/** Everybody gets on at once. */
const atOnce: Scheduler = {
  schedule: (task) => task,
  waitFor: (task) => task,
  waitIdle: async () => undefined,
};

const allIsWell: Story = { units: [], rollback: 'all', throttled: 0, twice: false, sync: 'pushed' };

const counts = <Key extends string>(of: Iterable<Key>) =>
  Object.fromEntries([...Map.groupBy(of, (key) => key)].map(([key, all]) => [key, all.length]));

const deeds = ({ deeds }: Play) => counts(deeds.map(({ what, result }) => `${what} ${result}`.trim()));

describe('a delivery of 10,000 units in sixty layers', () => {
  const delivery = largeDelivery(10_000);

  test('is planned, approved and applied, every unit once', async () => {
    const played = await play(delivery, allIsWell, 'compact', atOnce);
    expect(played.surprises).toEqual([]);
    expect(played.ending).toBe('Delivered');
    expect(deeds(played)).toEqual({
      'plan planned': 10_000,
      'ask approved': 10_000,
      'apply applied': 10_000,
      record: 1,
    });
  });

  test('is rolled back as a whole when a unit fails half way', async () => {
    const failing = delivery.units.findIndex(({ path }) => path === 'layer-30/environment-80');
    const units = delivery.units.map((_, index) =>
      index === failing ? { ...quiet, applies: ['failed' as const] } : quiet,
    );
    const played = await play(delivery, { ...allIsWell, units }, 'compact', atOnce);
    expect(played.surprises).toEqual([]);
    expect(played.ending).toBe('Delivered');
    const outcomes = counts(Object.values(played.finished?.outcomes ?? {}));
    expect(Object.keys(outcomes).sort()).toEqual(['cancelled', 'rolled-back']);
    expect(deeds(played)).toMatchObject({
      'apply States.TaskFailed': 1,
      'ask rollback all': 1,
      'rollback rolled-back': outcomes['rolled-back'],
    });
  });
});
