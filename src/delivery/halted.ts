/** What can be done with a halted delivery: replay it, or skip it. Both may be run twice. */
import type { Bucket } from '../aws/bucket.ts';
import { changeStored, readExpected, readStored } from '../aws/stored.ts';
import { nearestChosen } from '../discovery/graph/nearest-chosen.ts';
import { DeliveryError } from '../errors.ts';
import { type Delivery, deliverySchema, endedWell } from '../model.ts';
import { appliedSchema, nothingApplied } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { describeOnce } from './describe.ts';
import { deliveryOutcomesSchema } from './endings.ts';
import { announcement, type Pointer, pointerSchema, readPointer } from './pointer.ts';
import { deliveryId, ownership } from './prepare.ts';
import { declineFor } from './remembered.ts';

/**
 * Announces the same change set again, for the units that did not end well; the next poll starts it.
 * @throws DeliveryError when nothing is halted.
 */
export async function replay(bucket: Bucket, now = () => new Date()): Promise<Delivery> {
  const { delivery: id } = await expectHalted(bucket);
  const { carried } = (await readPointer(bucket)).value;
  const before = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const open = new Set(await openUnits(before, bucket));
  const after = nearestChosen(new Map(before.units.map((unit) => [unit.path, unit.after])), open);
  const applied = (await readStored(bucket, bucketKeys.applied, appliedSchema))?.value ?? nothingApplied;
  const units = before.units
    .filter((unit) => open.has(unit.path))
    .map(({ declined: _, ...unit }) => ({
      ...unit,
      ...ownership(unit.base, applied.units[unit.path]),
      ...declineFor(unit.path, carried),
      // What it waited for has ended well, so nothing else will tell whether a dependency was applied: plan it.
      change: unit.change === 'dependent' ? ('carried' as const) : unit.change,
      after: after.get(unit.path) ?? [],
    }));
  const delivery = await describeOnce(
    before.attempt + 1,
    (attempt) => ({ ...before, id: deliveryId(before.head, attempt), attempt, units }),
    bucket,
  );
  const running = announcement(delivery.id, now());
  const pointer = await movePointer(bucket, id, (current) => ({ ...current, halted: null, running }));
  if (pointer.running?.delivery === delivery.id) return delivery;
  throw new DeliveryError(`Delivery ${id} was skipped at the same moment, so it is not replayed. See live-ci status.`);
}

/** Paths of the units of a delivery that ended, but not well, in its order. */
export async function openUnits({ id, units }: Delivery, bucket: Bucket): Promise<string[]> {
  const { outcomes } = await readExpected(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema);
  return units.map((unit) => unit.path).filter((path) => !endedWell(outcomes[path] ?? 'cancelled'));
}

/**
 * Gives a halted delivery up and lets the queue go on. Its open units stay carried: the next delivery plans them.
 * @returns the delivery's id and the units that stay open.
 * @throws DeliveryError when nothing is halted.
 */
export async function skip(bucket: Bucket): Promise<{ delivery: string; carried: string[] }> {
  const { delivery } = await expectHalted(bucket);
  const [head] = delivery.split('-');
  const pointer = await movePointer(bucket, delivery, (current) => ({ ...current, halted: null }));
  if (pointer.running?.delivery.startsWith(`${head}-`)) {
    throw new DeliveryError(
      `Delivery ${delivery} was replayed at the same moment, so it is not skipped. See live-ci status.`,
    );
  }
  return { delivery, carried: pointer.carried.map((unit) => unit.path) };
}

async function expectHalted(bucket: Bucket): Promise<NonNullable<Pointer['halted']>> {
  const pointer = (await readPointer(bucket)).value;
  if (pointer.halted) return pointer.halted;
  const instead = pointer.running ? `${pointer.running.delivery} is running` : 'the pipeline is idle';
  throw new DeliveryError(`No delivery is halted: ${instead}. See live-ci status.`);
}

async function movePointer(bucket: Bucket, halted: string, change: (pointer: Pointer) => Pointer): Promise<Pointer> {
  const moved = await changeStored(bucket, bucketKeys.pointer, pointerSchema, (pointer) =>
    pointer?.halted?.delivery === halted ? change(pointer) : undefined,
  );
  if (moved === undefined)
    throw new DeliveryError('The pipeline pointer is gone; restore pipeline/state.json in the bucket.');
  return moved;
}
