import fc from 'fast-check';
import type { Task } from '../../../statemachine/asl.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { quiet, type Story } from '../../support/arbitrary-delivery.ts';
import { settingsFor, statesOf } from '../../support/definition.ts';
import { deliveryOf } from '../../support/delivery.ts';
import { play } from '../../support/play-delivery.ts';

const head = 'c'.repeat(40);
const kinds = ['codebuild', 'lambda'] as const;
const [scheduler] = fc.sample(fc.scheduler(), 1) as [fc.Scheduler];

const allIsWell: Story = { units: [], rollback: 'none', throttled: 0, twice: false, sync: 'pushed' };

const namesOf = (...args: Parameters<typeof buildPipeline>) => statesOf(buildPipeline(...args)).map(([name]) => name);

test.each(kinds)('a delivery without units records that nothing was done and ends delivered (%s)', async (kind) => {
  const played = await play(deliveryOf(head, []), allIsWell, kind, 'inline', scheduler);
  expect(played).toMatchObject({ ending: 'Delivered', recorded: [{}], surprises: [] });
  expect(played.deeds.map(({ what }) => what)).toEqual(['record']);
});

test.each(kinds)(
  'units are planned, asked for and applied one after the other, each after its dependencies (%s)',
  async (kind) => {
    const delivery = deliveryOf(head, [{ path: 'vpc' }, { path: 'app', after: ['vpc'] }]);
    const played = await play(delivery, { ...allIsWell, units: [quiet, quiet] }, kind, 'inline', scheduler);
    expect(played.deeds.map(({ what, unit }) => `${what} ${unit}`.trim())).toEqual([
      'plan vpc',
      'ask vpc',
      'apply vpc',
      'plan app',
      'ask app',
      'apply app',
      'record',
    ]);
    expect(played.ending).toBe('Delivered');
  },
);

test('the states of a unit are named after what they do and to which unit', () => {
  const names = namesOf(deliveryOf(head, [{ path: 'prod/vpc' }]), settingsFor('codebuild'));
  expect(names).toEqual(
    expect.arrayContaining(['Plan prod/vpc', 'Approve prod/vpc', 'Apply prod/vpc', 'Rollback prod/vpc']),
  );
});

test('a unit that comes after nothing has no question whether it is ready', () => {
  const delivery = deliveryOf(head, [{ path: 'vpc' }, { path: 'app', after: ['vpc'] }]);
  const names = namesOf(delivery, settingsFor('codebuild'));
  expect(names).not.toContain('Ready? vpc');
  expect(names).toContain('Ready? app');
});

test('each stage is a frame of its own, in the order of the delivery', () => {
  const units = [
    { path: 'platform/vpc', stage: 'platform' },
    { path: 'apps/shop', stage: 'apps' },
  ];
  const { States } = buildPipeline(deliveryOf(head, units), settingsFor('codebuild'));
  expect(States.Start).toMatchObject({ Next: 'Stage platform' });
  expect(States['Ended well? platform']).toMatchObject({ Default: 'Stage apps' });
  expect(States['Ended well? apps']).toMatchObject({ Default: 'Record outcomes' });
  expect(States['Join Rollback stage apps']).toMatchObject({ Next: 'Rollback stage platform' });
});

test('the approval shows the JSON to paste into the console', () => {
  const states = new Map(statesOf(buildPipeline(deliveryOf(head, [{ path: 'vpc' }]), settingsFor('codebuild'))));
  expect((states.get('Approve vpc') as Task).Parameters.Payload).toMatchObject({
    'To approve, start the state machine "decision" with': {
      'delivery.$': '$$.Execution.Name',
      unit: 'vpc',
      decision: 'approve',
    },
  });
});

test('an approval waits as long as the settings say, and a build as long as its kind may take', () => {
  const settings = { ...settingsFor('codebuild'), planSeconds: 1, applySeconds: 2, approvalSeconds: 3 };
  const states = new Map(statesOf(buildPipeline(deliveryOf(head, [{ path: 'vpc' }]), settings)));
  const seconds = (name: string) => (states.get(name) as Task).TimeoutSeconds;
  expect(['Plan vpc', 'Apply vpc', 'Rollback vpc', 'Approve vpc', 'Choose rollback'].map(seconds)).toEqual([
    1, 2, 2, 3, 3,
  ]);
});

test.each(kinds)('a hundred units fit into the 1 MB that Step Functions takes (%s)', (kind) => {
  const path = (index: number) => `prod/eu-central-1/service-${index}`;
  const units = Array.from({ length: 100 }, (_, index) => ({
    path: path(index),
    after: index === 0 ? [] : [path(Math.floor((index - 1) / 2))],
  }));
  const definition = JSON.stringify(buildPipeline(deliveryOf(head, units), settingsFor(kind)));
  expect(Buffer.byteLength(definition)).toBeLessThan(1_000_000);
});

test('a unit that comes after many costs no more than one test for each', () => {
  const roots = Array.from({ length: 50 }, (_, index) => ({ path: `r${index}` }));
  const after = roots.map(({ path }) => path);
  const size = (last: string[]) =>
    JSON.stringify(buildPipeline(deliveryOf(head, [...roots, { path: 'x', after: last }]), settingsFor('codebuild')))
      .length;
  expect(size(after) - size(['r0'])).toBeLessThan(50 * 400);
});
