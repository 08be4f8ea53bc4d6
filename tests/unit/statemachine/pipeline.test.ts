import fc from 'fast-check';
import { describeRollbackSchema } from '../../../src/approval/describe-rollback.ts';
import type { Task } from '../../../statemachine/asl.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { quiet, type Story } from '../../support/arbitrary-delivery.ts';
import { settings, statesOf } from '../../support/definition.ts';
import { deliveryOf } from '../../support/delivery.ts';
import { play } from '../../support/play-delivery.ts';

const head = 'c'.repeat(40);
const [scheduler] = fc.sample(fc.scheduler(), 1) as [fc.Scheduler];

const allIsWell: Story = { units: [], rollback: 'none', throttled: 0, twice: false, sync: 'pushed' };

const namesOf = (...args: Parameters<typeof buildPipeline>) => statesOf(buildPipeline(...args)).map(([name]) => name);

test('a delivery without units records that nothing was done and ends delivered', async () => {
  const played = await play(deliveryOf(head, []), allIsWell, 'inline', scheduler);
  expect(played).toMatchObject({ ending: 'Delivered', recorded: 1, surprises: [] });
  expect(played.deeds.map(({ what }) => what)).toEqual(['record']);
});

test('units are planned, asked for and applied one after the other, each after its dependencies', async () => {
  const delivery = deliveryOf(head, [{ path: 'vpc' }, { path: 'app', after: ['vpc'] }]);
  const played = await play(delivery, { ...allIsWell, units: [quiet, quiet] }, 'inline', scheduler);
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
});

describe('the rollback question', () => {
  const { States } = buildPipeline(deliveryOf(head, [{ path: 'vpc' }]), settings);
  const payloadOf = (name: string) => ((States[name] as Task).Parameters as { Payload: object }).Payload;

  test('is put into words before it is asked, and shows them', () => {
    expect(describeRollbackSchema.parse({ ...payloadOf('Describe rollback'), delivery: 'id', outcomes: {} })).toEqual({
      ask: 'description of the rollback',
      delivery: 'id',
      outcomes: {},
    });
    expect(States['Describe rollback']).toMatchObject({ ResultPath: '$.a', Next: 'Choose rollback' });
    expect(payloadOf('Choose rollback')).toMatchObject({ 'what is asked.$': '$.a.result' });
  });

  test('is asked also where it could not be described', () => {
    expect(States['Describe rollback']).toMatchObject({ Catch: [{ Next: 'Not described' }] });
    expect(States['Not described']).toMatchObject({
      Result: { result: expect.stringContaining('live-ci status') },
      ResultPath: '$.a',
      Next: 'Choose rollback',
    });
  });
});

test('the states of a unit are named after what they do and to which unit', () => {
  const names = namesOf(deliveryOf(head, [{ path: 'prod/vpc' }]), settings);
  expect(names).toEqual(
    expect.arrayContaining(['Plan prod/vpc', 'Approve prod/vpc', 'Apply prod/vpc', 'Rollback prod/vpc']),
  );
});

test('a unit that comes after nothing has no question whether it is ready', () => {
  const delivery = deliveryOf(head, [{ path: 'vpc' }, { path: 'app', after: ['vpc'] }]);
  const names = namesOf(delivery, settings);
  expect(names).not.toContain('1 ready?');
  expect(names).toContain('2 ready?');
});

test('each stage is a frame of its own, in the order of the delivery; the rollback is one for all', () => {
  const units = [
    { path: 'platform/vpc', stage: 'platform' },
    { path: 'apps/shop', stage: 'apps' },
  ];
  const { States } = buildPipeline(deliveryOf(head, units), settings);
  expect(States.Start).toMatchObject({ Next: 'Stage platform' });
  expect(States['Ended well? platform']).toMatchObject({
    Choices: [{ Next: 'Stage apps' }],
    Default: 'Describe rollback',
  });
  expect(States['Ended well? apps']).toMatchObject({ Choices: [{ Next: 'Record outcomes' }] });
  expect(States['Roll back']).toMatchObject({ Type: 'Parallel', Next: 'Record outcomes' });
});

test('the rollback choice waits as long as the settings say', () => {
  const { States } = buildPipeline(deliveryOf(head, [{ path: 'vpc' }]), { ...settings, approvalSeconds: 3 });
  expect((States['Choose rollback'] as Task).TimeoutSeconds).toBe(3);
});
