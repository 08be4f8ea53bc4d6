import { readStored } from '../../../src/aws/stored.ts';
import { appliedSchema } from '../../../src/delivery/applied.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { finish } from '../../../src/delivery/finish.ts';
import { deliveryId } from '../../../src/delivery/prepare.ts';
import { bucketOf, repositoryOfWorld } from '../../../src/selftest/world.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const head = 'a'.repeat(40);
const repository = repositoryOfWorld({ run: 'r1', tool: 'terraform', name: 'decline-none' });

test.each([
  ['a delivery', deliveryOf(head, [{ path: 'app' }]), true],
  ['a self test', deliveryOf(head, [{ path: 'app' }], { repository, id: deliveryId({ repository, head }, 1) }), false],
])(
  'a unit of %s that fails is counted, has git brought back and is kept with what is applied: %#',
  async (_, delivery, real) => {
    const whole = new MemoryBucket();
    await storeDelivery(whole, delivery);
    const counted: unknown[] = [];
    const context = {
      bucket: bucketOf(delivery.id, whole),
      now: () => new Date('2026-01-01T00:00:00Z'),
      metric: (...one: unknown[]) => void counted.push(one),
    };
    expect(await finish(delivery.id, {}, context)).toEqual({ halted: false, sync: real, outcomes: { app: 'failed' } });
    expect(counted).toEqual(real ? [['Units', 1, { outcome: 'failed' }]] : []);
    expect((await readStored(whole, bucketKeys.applied, appliedSchema)) !== undefined).toBe(real);
    expect(await readStored(context.bucket, bucketKeys.applied, appliedSchema)).toBeDefined();
  },
);
