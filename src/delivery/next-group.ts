/**
 * The compact form's next step. Its state machine is a loop around this: it delivers a group of units at once, asks here what
 * comes next, delivers that, and so on; then, if need be, the same backwards.
 *
 * Nothing is remembered but the number of the group that has just ended, and after which one the rollback began:
 *
 *   how everything had ended by the end of group n - 1
 *     ▸ what was ready then: the units of group n (ready.ts)
 *     ▸ how each of those ended, from what builds and approvers left in the bucket (unit-facts.ts)
 *     ▸ how everything has ended by the end of group n ▸ what is ready now: group n + 1, or the next question
 *
 * so that the same call gives the same answer however often it is made. How everything had ended is kept for each group, to
 * be read instead of found out again.
 */
import * as z from 'zod';
import { unitKeys } from '../../statemachine/unit-keys.ts';
import { rollbackRequestSchema } from '../approval/request.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected } from '../aws/stored.ts';
import { type Delivery, type DeliveryUnit, deliverySchema, endedWell } from '../model.ts';
import type { Ending } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { type Told, toldEndings } from './endings.ts';
import { keepEndings, keptEndings } from './kept-endings.ts';
import { type Endings, type Ready, readyToDeliver, readyToRollBack } from './ready.ts';
import { deliveredCommit, rollbackCommit } from './unit-commit.ts';
import {
  applying,
  askedFor,
  endingOf,
  factsOf,
  isBackNevertheless,
  planOf,
  readFrom,
  rollbackFactsOf,
  toldRollback,
  withExisted,
} from './unit-facts.ts';
import { withoutProspect } from './without-prospect.ts';

export const progressSchema = z.object({
  /** The group that has just ended; 0 before the first. */
  group: z.int().nonnegative(),
  /** The last group that was delivered before the rollback began; null while units are delivered. */
  turn: z.int().nonnegative().nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

export interface NextGroup extends Progress {
  step: 'deliver' | 'ask-rollback' | 'roll-back' | 'record';
  /** Key of the group's items; null when there is no group. */
  items: string | null;
  /** Key of how the units have ended. */
  outcomes: string;
}

/** What is done with one unit of a group: input of an execution of its own (statemachine/compact/pipeline.ts). */
export interface GroupItem {
  unit: string;
  of: { delivery: string; commit: string; approved: 'apply' | 'destroy' };
}

/** @param told how the units ended that were delivered otherwise than in groups: a rollback by groups begins with that. */
export async function nextGroup(
  id: string,
  progress: Progress,
  bucket: Bucket,
  told: Told | undefined = undefined,
): Promise<NextGroup> {
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  if (told !== undefined) await keepOnce(delivery, told, bucket);
  const course = new Course(delivery, progress.turn, await chosenUnits(delivery, progress, bucket), bucket);
  const { group, turn } = progress;
  const { ended, ready } = course.readyAfter(group, await course.endedBy(group));
  const outcomes = bucketKeys.ended(id, group);
  await keepEndings(bucket, outcomes, ended);
  if (ready.length > 0) {
    const items = bucketKeys.group(id, group + 1);
    await bucket.write(items, JSON.stringify(ready.map((unit) => course.itemOf(unit))));
    return { step: turn === null ? 'deliver' : 'roll-back', group: group + 1, turn, items, outcomes };
  }
  const ignored = withoutProspect(delivery.units);
  const isWell = [...ended].every(([path, { outcome }]) => ignored.has(path) || endedWell(outcome));
  if (turn === null && !isWell) return { step: 'ask-rollback', group, turn: group, items: null, outcomes };
  return { step: 'record', group, turn, items: null, outcomes };
}

async function keepOnce(delivery: Delivery, told: Told, bucket: Bucket): Promise<void> {
  const key = bucketKeys.ended(delivery.id, 0);
  if ((await keptEndings(bucket, key)) === undefined)
    await keepEndings(bucket, key, await toldEndings(delivery, told, bucket));
}

/** The way of a delivery through its groups, as far as it has come. */
class Course {
  readonly #delivery: Delivery;
  readonly #turn: number | null;
  readonly #chosen: ReadonlySet<string>;
  readonly #bucket: Bucket;

  constructor(delivery: Delivery, turn: number | null, chosen: ReadonlySet<string>, bucket: Bucket) {
    this.#delivery = delivery;
    this.#turn = turn;
    this.#chosen = chosen;
    this.#bucket = bucket;
  }

  readyAfter(group: number, ended: Endings): Ready {
    return this.#rollsBackAfter(group)
      ? readyToRollBack(this.#delivery, ended, this.#chosen)
      : readyToDeliver(this.#delivery, ended);
  }

  async endedBy(group: number): Promise<Endings> {
    const kept = await keptEndings(this.#bucket, bucketKeys.ended(this.#delivery.id, group));
    if (kept) return kept;
    if (group === 0) return new Map();
    const { ended, ready } = this.readyAfter(group - 1, await this.endedBy(group - 1));
    const endingOf = this.#rollsBackAfter(group - 1) ? rolledBackEnding : deliveredEnding;
    await atMost(bucketRequests, ready, async (unit) => {
      const ending = await endingOf(this.#delivery.id, unit, this.#bucket, ended.get(unit.path));
      const plan = () => planOf(this.#delivery.id, unit, readFrom(this.#bucket));
      ended.set(unit.path, await withExisted(unit, ending, plan));
    });
    return ended;
  }

  itemOf(unit: DeliveryUnit): GroupItem {
    const { id } = this.#delivery;
    const commit = (this.#turn === null ? deliveredCommit : rollbackCommit)(unit, this.#delivery);
    const approved = this.#turn === null ? applying(unit) : 'apply';
    return { unit: unit.path, of: { delivery: id, commit, approved } };
  }

  #rollsBackAfter(group: number): boolean {
    return this.#turn !== null && group >= this.#turn;
  }
}

/** A unit of a group that has ended. */
async function deliveredEnding(id: string, unit: DeliveryUnit, bucket: Bucket): Promise<Ending> {
  const facts = await factsOf(id, unit, readFrom(bucket));
  const begun = askedFor(facts)?.answer?.result.outcome === 'approved' && facts.apply?.outcome !== 'applied';
  const log = begun ? await bucket.read(bucketKeys.log(id, unit.path, applying(unit))) : undefined;
  return endingOf(facts, log !== undefined);
}

/** Of a rollback that is over: what left no trace has failed, and what nobody answered, or could be asked about, is kept. */
async function rolledBackEnding(id: string, unit: DeliveryUnit, bucket: Bucket, before?: Ending): Promise<Ending> {
  const facts = await rollbackFactsOf(id, unit, readFrom(bucket));
  const asked = askedFor(facts);
  const unanswered = asked === undefined ? facts.plan?.asks?.length : asked.answer === null;
  const told = toldRollback(facts, false) ?? (unanswered ? 'kept' : 'rollback-failed');
  if (told === 'rolled-back') return { outcome: told, half: false };
  if (told === 'rollback-failed') return { outcome: told, half: false, complete: isBackNevertheless(facts) };
  return { ...(before ?? { outcome: 'applied', half: false }), kept: true };
}

/** The answer lies in the bucket before the task gets it. */
async function chosenUnits(delivery: Delivery, { turn }: Progress, bucket: Bucket): Promise<ReadonlySet<string>> {
  if (turn === null) return new Set();
  const { answer } = await readExpected(bucket, bucketKeys.rollbackRequest(delivery.id), rollbackRequestSchema);
  const key = unitKeys(delivery);
  return new Set(delivery.units.map(({ path }) => path).filter((path) => answer?.result.chosen[key(path)]));
}
