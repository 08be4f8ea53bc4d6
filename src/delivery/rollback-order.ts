/**
 * The order of a rollback. A unit that had code applied before the delivery goes back to that; one that the delivery made is destroyed.
 *
 * What must be:
 * - what a made unit reads stays as it is until that unit is destroyed;
 * - a made unit is destroyed when nothing reads it any more: what reads it has gone back, or was destroyed itself.
 *
 * - a unit goes back when what it reads there, and the delivery has destroyed, has been made again.
 *
 * What is wished for: a unit goes back after everything that it reads there, so that it is planned on the outputs that its code was written
 * for. A renamed output is there again by then.
 *
 * These can contradict each other, since they come from two graphs: that of the delivered code, and that of the code before. Then
 * a unit goes back before something that it reads there, and the next delivery plans it once more. Pure.
 */
import { orderWithWishes } from '../discovery/graph/order-with-wishes.ts';
import type { Delivery, DeliveryUnit } from '../model.ts';
import { appliedCommit } from './unit-commit.ts';

export interface RollbackOrder {
  /** Each unit of the delivery with those that it comes after, listed behind these. */
  after: ReadonlyMap<string, readonly string[]>;
  /** Of each unit that the delivery made, what reads it: while one of these stays as it is delivered, the unit is not destroyed. */
  readers: ReadonlyMap<string, readonly string[]>;
  /** When one of these is kept as it is delivered, so is the unit: what reads it; of one that goes back, what it reads there and was destroyed. */
  heldBy: ReadonlyMap<string, readonly string[]>;
  /** Units that go back before some that they read there, with these. */
  early: ReadonlyMap<string, readonly string[]>;
}

type Units = Pick<Delivery, 'units' | 'base' | 'head'>;

/** It is the same whatever is chosen: a unit that is not rolled back is passed over. */
export function rollbackOrder(delivery: Units): RollbackOrder {
  const { units } = delivery;
  const made = new Set(units.filter((unit) => isMade(unit, delivery)).map(({ path }) => path));
  const gone = new Set(units.filter(({ deleted }) => deleted).map(({ path }) => path));
  const must = new Map(units.map(({ path }): [string, string[]] => [path, []]));
  for (const { path, dependencies, deleted } of units)
    for (const read of deleted ? [] : dependencies) if (made.has(path) || made.has(read)) must.get(read)?.push(path);
  const thatGoBack = units.filter(({ path }) => !made.has(path));
  const readsThere = (among: (path: string) => boolean) =>
    new Map(thatGoBack.map((unit) => [unit.path, readBefore(unit).filter(among)]));
  const whole = orderWithWishes(
    must,
    readsThere((path) => gone.has(path)),
  );
  const { order, givenUp } = orderWithWishes(
    whole.order,
    readsThere((path) => !made.has(path)),
  );
  const readers = new Map([...made].map((path) => [path, must.get(path) ?? []]));
  const makeAgain = [...whole.order].map(([path, after]) => [path, after.filter((read) => gone.has(read))] as const);
  return { after: order, readers, heldBy: new Map([...makeAgain, ...readers]), early: givenUp };
}

/** Nothing of the unit was applied before the delivery: to roll it back is to destroy it. */
export function isMade(unit: DeliveryUnit, delivery: Units): boolean {
  return appliedCommit(unit, delivery) === null;
}

/** What the code of a unit reads that was applied before the delivery. */
export function readBefore({ readBefore, dependencies }: DeliveryUnit): readonly string[] {
  return readBefore ?? dependencies;
}

/** Of the units that are rolled back, those that the next delivery plans once more: they go back before what they read there. */
export function plannedOnceMore({ early }: RollbackOrder, chosen: readonly string[]): string[] {
  const back = new Set(chosen);
  return chosen.filter((path) => early.get(path)?.some((read) => back.has(read)));
}

/** The chosen units in the order in which they are rolled back. */
export function inRollbackOrder({ after }: RollbackOrder, chosen: readonly string[]): string[] {
  const back = new Set(chosen);
  return [...after.keys()].filter((path) => back.has(path));
}
