/** Builds whose turn comes when nobody waits for them any more. */
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { startingPointer } from '../../../src/delivery/pointer.ts';
import { DeliveryError } from '../../../src/errors.ts';
import { type RunAction, run } from '../../../src/runner/run.ts';
import { configWith } from '../../support/config.ts';
import { deliveryOf, nowRuns, storeDelivery } from '../../support/delivery.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { noRole } from '../../support/no-role.ts';

const head = 'c'.repeat(40);
const plan = 'f'.repeat(64);

/** Whether the unit's code was looked at, and what the run answered. */
async function begin(action: RunAction, pointTo: (bucket: MemoryBucket, id: string) => Promise<unknown>) {
  const bucket = new MemoryBucket();
  const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
  await pointTo(bucket, id);
  let begun = false;
  const at = async () => {
    begun = true;
    throw new Error('the build has begun');
  };
  const context = {
    bucket,
    checkouts: { at },
    environment: {},
    config: configWith(),
    assumeRole: noRole,
    output: () => {},
  };
  const answer = await run(action, { delivery: id, unit: 'app', plan }, context).catch((error: unknown) => error);
  return {
    begun,
    answer,
    log: bucket.text(bucketKeys.log(id, 'app', action)),
    result: bucket.text(bucketKeys.result(id, 'app', action)),
  };
}

const halted = (bucket: MemoryBucket, delivery: string) =>
  bucket.write(
    bucketKeys.pointer,
    JSON.stringify({ ...startingPointer, halted: { delivery, reason: 'x', since: '2026-01-02T03:04:05.000Z' } }),
  );

describe.each(['apply', 'destroy', 'rollback'] as const)('%s', (action) => {
  test.each([
    ['another delivery runs', (bucket: MemoryBucket) => nowRuns(bucket, 'dddddddddddd-1'), 'dddddddddddd-1 does'],
    ['none runs', async () => {}, 'nothing does'],
    ['its delivery is halted', halted, 'nothing does'],
  ])('does not begin when %s, and leaves nothing', async (_, pointTo, said) => {
    const { begun, answer, log, result } = await begin(action, pointTo);
    expect({ begun, log, result }).toEqual({ begun: false, log: undefined, result: undefined });
    expect(answer).toBeInstanceOf(DeliveryError);
    expect(String(answer)).toContain(
      `${action} of app does not begin: ${head.slice(0, 12)}-1 does not run any more, and ${said}`,
    );
  });

  test('begins while its delivery runs', async () => {
    expect((await begin(action, nowRuns)).log).toBeDefined();
  });
});
