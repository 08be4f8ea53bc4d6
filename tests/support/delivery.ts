/** Deliveries for tests: whole and valid, from the few facts that a test is about. */
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { type Delivery, type DeliveryUnit, deliverySchema } from '../../src/model.ts';
import type { MemoryBucket } from './memory-bucket.ts';

export type UnitFacts = Pick<DeliveryUnit, 'path'> & Partial<DeliveryUnit>;

export function deliveryOf(head: string, units: UnitFacts[], facts: Partial<Delivery> = {}): Delivery {
  return deliverySchema.parse({
    version: 1,
    id: `${head.slice(0, 12)}-1`,
    repository: 'example-org/live',
    branch: 'main',
    base: null,
    head,
    sequence: 1,
    attempt: 1,
    author: 'Example',
    subject: 'a change',
    units: units.map((unit) => ({
      change: unit.deleted ? 'deleted' : unit.base ? 'modified' : 'added',
      reasons: ['main.tf changed'],
      tool: 'terraform',
      dependencies: [],
      after: [],
      deleted: false,
      base: null,
      stage: 'all',
      ...unit,
    })),
    ...facts,
  });
}

/** The delivery, described in the bucket as `poll` would. */
export async function storeDelivery(bucket: MemoryBucket, delivery: Delivery): Promise<Delivery> {
  await bucket.write(bucketKeys.delivery(delivery.id), JSON.stringify(delivery));
  return delivery;
}
