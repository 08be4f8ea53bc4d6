/** The definition that the console shows of the pipeline: that of the delivery that runs, is halted, or ran last. */
import type { Bucket } from '../aws/bucket.ts';
import { bucketKeys } from './bucket-keys.ts';
import { readPointer } from './pointer.ts';

export interface ShownDefinition {
  /** Where it lies in the artifact bucket. */
  key: string;
  definition: string;
  delivery: string;
  /** Whether the delivery runs. */
  runs: boolean;
}

/** Undefined before the first delivery. */
export async function shownDefinition(bucket: Bucket): Promise<ShownDefinition | undefined> {
  const { running, halted, last } = (await readPointer(bucket)).value;
  for (const delivery of [running?.delivery, halted?.delivery, last]) {
    if (!delivery) continue;
    const key = bucketKeys.definition(delivery);
    // A delivery that was only announced has no definition yet.
    const definition = (await bucket.read(key))?.body.toString('utf8');
    if (definition) return { key, definition, delivery, runs: delivery === running?.delivery };
  }
  return undefined;
}
