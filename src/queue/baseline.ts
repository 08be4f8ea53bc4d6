/** Takes a repository over that is applied already: every unit counts as applied at one commit, and nothing is planned. */
import type { Bucket } from '../aws/bucket.ts';
import { changeStored } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { appliedSchema } from '../delivery/applied.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { discoverGraph } from '../discovery/graph.ts';
import { DeliveryError } from '../errors.ts';
import { unknownDurations } from '../model.ts';
import { ownValue } from '../own-value.ts';
import { findCommit } from '../repository/history.ts';
import { howManyWait, readEnqueued } from './change-sets.ts';
import { enqueuedSchema } from './claim.ts';

/**
 * The next change set starts at this commit.
 * @returns the commit and the units' paths.
 * @throws DeliveryError while a delivery runs, is halted or waits: it decides what is applied.
 */
export async function baseline(
  directory: string,
  revision: string,
  { bucket, config }: { bucket: Bucket; config: Config },
): Promise<{ head: string; units: string[] }> {
  const pointer = (await readPointer(bucket)).value;
  const enqueued = await readEnqueued(bucket);
  const waiting = howManyWait(enqueued, pointer.sequence);
  if (waiting > 0) {
    throw new DeliveryError(
      `${waiting} change set(s) wait to be delivered, and may be older than ${revision}; record a baseline when nothing waits any more.`,
    );
  }
  const busy = pointer.running?.delivery ?? pointer.halted?.delivery;
  if (busy) throw new DeliveryError(`Delivery ${busy} is under way; record a baseline when the pipeline is idle.`);
  const head = await findCommit(directory, revision);
  // What discovery does not understand may still be applied.
  const graph = await discoverGraph(directory, { commit: head, config });
  // To discover takes minutes in a large repository: what was pushed meanwhile is compared with what was enqueued before, and is not to be lost.
  await changeStored(bucket, bucketKeys.enqueued, enqueuedSchema, (last) => {
    if (last?.sequence !== enqueued?.sequence)
      throw new DeliveryError('A commit was enqueued meanwhile; record a baseline when nothing waits any more.');
    return { version: 1 as const, base: null, head, sequence: last?.sequence ?? 0, changeSet: null, sent: true };
  });
  await changeStored(bucket, bucketKeys.applied, appliedSchema, (before) => ({
    version: 1 as const,
    units: Object.fromEntries(
      graph.map(({ path, fingerprint, dependencies }) => {
        const durations = (before && ownValue(before.units, path))?.durations ?? unknownDurations;
        return [path, { commit: head, fingerprint, half: null, reads: dependencies, durations }];
      }),
    ),
  }));
  return { head, units: graph.map((unit) => unit.path) };
}
