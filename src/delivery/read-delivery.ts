/**
 * A delivery's description, for what asks for it once for each unit. It is written once and never changes, and may be megabytes: the one that was
 * read last is kept beside its bucket, for as long as that lives.
 */
import type { Bucket } from '../aws/bucket.ts';
import { readExpected } from '../aws/stored.ts';
import { type Delivery, deliverySchema } from '../model.ts';
import { bucketKeys } from './bucket-keys.ts';

const lastRead = new WeakMap<Bucket, { id: string; delivery: Promise<Delivery> }>();

/** @throws DeliveryError when there is no such delivery. */
export function readDelivery(id: string, bucket: Bucket): Promise<Delivery> {
  const kept = lastRead.get(bucket);
  if (kept?.id === id) return kept.delivery;
  const delivery = readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  lastRead.set(bucket, { id, delivery });
  delivery.catch(() => lastRead.delete(bucket));
  return delivery;
}
