import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay } from '../../../src/delivery/halted.ts';
import { readPointer } from '../../../src/delivery/pointer.ts';
import { deliveryStatus } from '../../../src/delivery/status.ts';
import { upgradeLayout } from '../../../src/delivery/upgrade-layout.ts';
import { readChangeSet } from '../../../src/queue/change-sets.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

/** What version 0.1.0 left of three commits: one was applied, the apply of the next failed and nothing was rolled back, and one waits. */
const left = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'support', 'bucket-of-layout-1.json'), 'utf8'),
) as Record<string, string>;

const halted = '4dbae58920c5-1';

async function oldBucket(pointer: object = {}): Promise<MemoryBucket> {
  const bucket = new MemoryBucket();
  for (const [key, body] of Object.entries(left)) await bucket.write(key, body);
  await bucket.write(bucketKeys.pointer, JSON.stringify({ ...JSON.parse(left[bucketKeys.pointer] ?? ''), ...pointer }));
  return bucket;
}

test('the bucket of an older version is refused, until a deployment has brought it up to date', async () => {
  const bucket = await oldBucket();
  await expect(readPointer(bucket)).rejects.toThrow('is that of an older version of live-ci');
  expect(await upgradeLayout(bucket)).toBe(1);
  expect((await readPointer(bucket)).value.halted?.delivery).toBe(halted);
  expect(await upgradeLayout(bucket)).toBeUndefined();
});

test('the bucket of a newer version is refused, by commands and by a deployment', async () => {
  const bucket = await oldBucket({ version: 3 });
  await expect(readPointer(bucket)).rejects.toThrow('taken over by a newer version of live-ci (its layout is 3');
  await expect(upgradeLayout(bucket)).rejects.toThrow('install the version that is deployed');
});

test('an empty bucket has nothing to bring up to date', async () => {
  const bucket = new MemoryBucket();
  expect(await upgradeLayout(bucket)).toBeUndefined();
  expect(bucket.objects.size).toBe(0);
});

test('after it everything is found of the halted delivery: how its units ended, plans, logs and answers', async () => {
  const bucket = await oldBucket();
  await upgradeLayout(bucket);
  const { value: pointer } = await readPointer(bucket);
  const status = await deliveryStatus(bucket, halted, pointer);
  expect(status.state).toBe('halted');
  expect(status.units.map(({ path, state }) => [path, state])).toEqual([
    ['network', 'failed'],
    ['app', 'cancelled'],
  ]);
  const plan = '8e6b894eaf1d7c7b5459d8fa9cfe4578a53598f708f355f9962d6b84d602d2a0';
  for (const key of [
    bucketKeys.result(halted, 'network', 'plan'),
    bucketKeys.result(halted, 'network', 'apply'),
    bucketKeys.log(halted, 'network', 'apply'),
    bucketKeys.planText(halted, 'network', plan),
    bucketKeys.planText(halted, 'network', plan, 'rollback'),
    bucketKeys.request(halted, 'network'),
    bucketKeys.rollbackRequest(halted),
  ])
    expect([key, bucket.text(key) !== undefined]).toEqual([key, true]);
});

test('the halted delivery is replayed as it would have been before, and the commit after it still waits', async () => {
  const bucket = await oldBucket();
  await upgradeLayout(bucket);
  const again = await replay(bucket);
  expect(again.id).toBe('4dbae58920c5-2');
  expect(again.units.map(({ path, base }) => [path, base?.slice(0, 12)])).toEqual([
    ['network', '010e9923f498'],
    ['app', '010e9923f498'],
  ]);
  expect(await readChangeSet(3, bucket)).toMatchObject({ sequence: 3, base: again.head });
});

test('a unit whose name has a tilde, which keys write otherwise now, is found as well', async () => {
  const bucket = await oldBucket();
  const delivery = JSON.parse(left[bucketKeys.delivery(halted)] ?? '');
  delivery.units = [{ ...delivery.units[0], path: 'a~b' }];
  await bucket.write(bucketKeys.delivery(halted), JSON.stringify(delivery));
  await bucket.write(`deliveries/${halted}/units/a~b/plan.json`, 'result');
  await bucket.write(`deliveries/${halted}/requests/unit/a~b.json`, 'request');
  await upgradeLayout(bucket);
  expect(bucket.text(bucketKeys.result(halted, 'a~b', 'plan'))).toBe('result');
  expect(bucket.text(bucketKeys.request(halted, 'a~b'))).toBe('request');
});

test('nothing is brought up to date under a delivery that runs, or behind a poll that starts one', async () => {
  const running = { delivery: 'abc-1', phase: 'started', execution: 'arn', stateMachineVersion: 'arn:1' };
  const busy = await oldBucket({ running });
  await expect(upgradeLayout(busy)).rejects.toThrow('Delivery abc-1 runs');
  expect(busy.text(bucketKeys.pointer)).toContain('"version":1');

  const bucket = await oldBucket();
  const write = bucket.write.bind(bucket);
  bucket.write = async (key, body, condition) => {
    if (condition) await write(bucketKeys.pointer, JSON.stringify({ version: 1, running }));
    return write(key, body, condition);
  };
  await expect(upgradeLayout(bucket)).rejects.toThrow('went on while its bucket was being brought up to date');
  expect(bucket.text(bucketKeys.pointer)).toContain('abc-1');
});
