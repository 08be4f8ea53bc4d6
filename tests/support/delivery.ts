/** Deliveries for tests: whole and valid, from the few facts that a test is about. */

import type { Bucket } from '../../src/aws/bucket.ts';
import { appliedSchema, applyEndings, nothingApplied } from '../../src/delivery/applied.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { announcement, readPointer } from '../../src/delivery/pointer.ts';
import { type Delivery, type DeliveryUnit, deliverySchema, type Outcome } from '../../src/model.ts';
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
      dependencies: unit.deleted ? [] : (unit.after ?? []),
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

/** The pointer says that this delivery runs. */
export async function nowRuns(bucket: Bucket, delivery: string): Promise<void> {
  const running = { ...announcement(delivery, new Date()), phase: 'started' };
  await bucket.write(bucketKeys.pointer, JSON.stringify({ ...(await readPointer(bucket)).value, running }));
}

/** How the delivery ended, and with it what is applied, as `finish` would leave them. */
export async function endedSo(
  bucket: MemoryBucket,
  delivery: Delivery,
  outcomes: Record<string, Outcome>,
): Promise<void> {
  const endings = new Map(Object.entries(outcomes).map(([path, outcome]) => [path, { outcome, half: false }]));
  const applied = appliedSchema.parse(JSON.parse(bucket.text(bucketKeys.applied) ?? JSON.stringify(nothingApplied)));
  await bucket.write(bucketKeys.outcomes(delivery.id), JSON.stringify({ outcomes }));
  await bucket.write(bucketKeys.applied, JSON.stringify(applyEndings(applied, delivery, endings, () => null)));
}
