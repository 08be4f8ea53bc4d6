/** A delivery's description in the bucket: written once, before anything else is done with the delivery. */
import type { Bucket } from '../aws/bucket.ts';
import { toJson } from '../aws/stored.ts';
import type { Delivery } from '../model.ts';
import { bucketKeys } from './bucket-keys.ts';

/**
 * Writes a description under the first attempt that is free, or finds that it was written already. One that is there is never
 * changed: whoever was cut off, or comes late, can't change what runs or ran.
 */
export async function describeOnce(
  first: number,
  describe: (attempt: number) => Delivery,
  bucket: Bucket,
): Promise<Delivery> {
  for (let attempt = first; ; attempt++) {
    const delivery = describe(attempt);
    const [key, text] = [bucketKeys.delivery(delivery.id), toJson(delivery)];
    if ((await bucket.write(key, text, { ifNoneMatch: '*' })) !== undefined) return delivery;
    if ((await bucket.read(key))?.body.toString('utf8') === text) return delivery;
  }
}
