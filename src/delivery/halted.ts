/** What can be done with a delivery that has ended: replay it or skip it when it is halted, try it again. All may be run twice. */
import type { Bucket } from '../aws/bucket.ts';
import { changeStored, readExpected, readStored } from '../aws/stored.ts';
import { nearestChosen } from '../discovery/graph/nearest-chosen.ts';
import { DeliveryError } from '../errors.ts';
import { type Delivery, deliverySchema, endedWell } from '../model.ts';
import { ownValue } from '../own-value.ts';
import { appliedSchema, nothingApplied } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { describeOnce } from './describe.ts';
import { deliveryOutcomesSchema } from './endings.ts';
import { announcement, type CarriedUnit, type Pointer, pointerSchema, readPointer } from './pointer.ts';
import { deliveryId, ownership } from './prepare.ts';
import { declineFor } from './remembered.ts';

/**
 * Announces the same change set again, for the units that did not end well; the next poll starts it.
 * @throws DeliveryError when nothing is halted.
 */
export async function replay(bucket: Bucket, now = () => new Date()): Promise<Delivery> {
  const { delivery: id } = await expectHalted(bucket);
  const delivery = await nextAttempt(id, (await readPointer(bucket)).value.carried, bucket);
  const running = announcement(delivery.id, now());
  const pointer = await movePointer(bucket, id, (current) => ({ ...current, halted: null, running }));
  if (pointer.running?.delivery === delivery.id) return delivery;
  throw new DeliveryError(`Delivery ${id} was skipped at the same moment, so it is not replayed. See live-ci status.`);
}

/**
 * The same for the delivery that ended last, whether it is halted or not: somebody who has declined may have changed their mind.
 * @throws DeliveryError when a delivery runs, or nothing of the last one is open.
 */
export async function retryLast(bucket: Bucket, now = () => new Date()): Promise<Delivery> {
  const { halted, running, last } = (await readPointer(bucket)).value;
  if (halted) return replay(bucket, now);
  if (running || last === null) {
    const instead = running ? `${running.delivery} is running` : 'nothing was delivered yet';
    throw new DeliveryError(`Nothing can be tried again: ${instead}. See live-ci status.`);
  }
  const before = await readExpected(bucket, bucketKeys.delivery(last), deliverySchema);
  if ((await openUnits(before, bucket)).length === 0)
    throw new DeliveryError(`Nothing can be tried again: all units of ${last} ended well. See live-ci status.`);
  const delivery = await nextAttempt(last, [], bucket);
  const moved = await changeStored(bucket, bucketKeys.pointer, pointerSchema, (pointer) =>
    pointer && pointer.running === null && pointer.halted === null && pointer.last === last
      ? { ...pointer, running: announcement(delivery.id, now()) }
      : undefined,
  );
  if (moved?.running?.delivery === delivery.id) return delivery;
  throw new DeliveryError('Another delivery began at the same moment, so nothing is tried again. See live-ci status.');
}

/**
 * The next attempt of a delivery that has ended, of its units that did not end well: described in the bucket, not announced yet.
 * @param carried with the declines that still hold
 */
export async function nextAttempt(id: string, carried: readonly CarriedUnit[], bucket: Bucket): Promise<Delivery> {
  const before = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const open = new Set(await openUnits(before, bucket));
  const after = nearestChosen(new Map(before.units.map((unit) => [unit.path, unit.after])), open);
  const applied = (await readStored(bucket, bucketKeys.applied, appliedSchema))?.value ?? nothingApplied;
  const units = before.units
    .filter((unit) => open.has(unit.path))
    .map(({ declined: _, ...unit }) => ({
      ...unit,
      ...ownership(unit.base, ownValue(applied.units, unit.path)),
      ...declineFor(unit.path, carried),
      // What it waited for has ended well, so nothing else will tell whether a dependency was applied: plan it.
      change: unit.change === 'dependent' ? ('carried' as const) : unit.change,
      after: after.get(unit.path) ?? [],
    }));
  return describeOnce(
    before.attempt + 1,
    (attempt) => ({ ...before, id: deliveryId(before, attempt), attempt, units }),
    bucket,
  );
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
