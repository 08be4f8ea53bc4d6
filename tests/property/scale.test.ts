/** As large as deliveries get, in the in-process interpreter, with the product's own handlers. */
import { jest } from '@jest/globals';
import { choosePipeline } from '../../statemachine/choose-pipeline.ts';
import { quiet, type Story } from '../support/arbitrary-delivery.ts';
import { settings } from '../support/definition.ts';
import { largeDelivery } from '../support/large-delivery.ts';
import { type Play, play, type Scheduler } from '../support/play-delivery.ts';

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

const sizes = [
  { units: 300, form: 'inline forward', failing: 'layer-30/environment-4' },
  { units: 10_000, form: 'compact', failing: 'layer-30/environment-80' },
] as const;

describe.each(sizes)('a delivery of $units units in sixty layers, $form', ({ units: count, form, failing }) => {
  const delivery = largeDelivery(count);

  test('has that form by itself', () => {
    expect(choosePipeline(delivery, settings).form).toBe(form);
  });

  test('is planned, approved and applied, every unit once', async () => {
    const played = await play(delivery, allIsWell, form, atOnce);
    expect(played.surprises).toEqual([]);
    expect(played.ending).toBe('Delivered');
    expect(deeds(played)).toEqual({
      'plan planned': count,
      'ask approved': count,
      'apply applied': count,
      record: 1,
    });
  });

  test('is rolled back as a whole when a unit fails half way', async () => {
    const at = delivery.units.findIndex(({ path }) => path === failing);
    const units = delivery.units.map((_, index) => (index === at ? { ...quiet, applies: ['failed' as const] } : quiet));
    const played = await play(delivery, { ...allIsWell, units }, form, atOnce);
    expect(played.surprises).toEqual([]);
    expect(played.ending).toBe('Delivered');
    const outcomes = counts(Object.values(played.finished?.outcomes ?? {}));
    expect(Object.keys(outcomes).sort()).toEqual(['cancelled', 'rolled-back']);
    expect(deeds(played)).toMatchObject({
      'apply States.TaskFailed': 1,
      'ask rollback all': 1,
      'rollback rolled-back': outcomes['rolled-back'],
    });
    expect(played.history.events).toBeLessThanOrEqual(played.size.events);
    expect(played.history.payload).toBeLessThanOrEqual(played.size.payload);
  });
});
