/**
 * Brings a dead letter back, as a new change set at the end of the queue:
 *
 * 1. Its units, those that the commit touched, are delivered at the newest enqueued commit: no unit goes back to older code.
 * 2. The number that the new change set will take is noted in the dead letter first, then the number is taken. Whoever comes
 *    later, after this was cut off or at the same moment, finds the note, looks whether that number is this letter's, and does
 *    not bring it back twice.
 * 3. The dead letter is removed. What lies in the dead-letter queue without a record is moved back into the queue, where the next
 *    polls take away what is done with.
 */
import type { Bucket } from '../aws/bucket.ts';
import { readStored, toJson } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { DeliveryError, LiveCiError } from '../errors.ts';
import type { ChangeSet, TouchedUnit } from '../model.ts';
import { describeChangeSet } from './change-set.ts';
import { readChangeSet } from './change-sets.ts';
import { claim, type Enqueued } from './claim.ts';
import { moveBack, removeDead } from './dead-letter-queue.ts';
import { type DeadLetter, deadLetterSchema, deadLetters, isNumbered, messageIn } from './dead-letters.ts';
import type { Message } from './message.ts';
import type { DeadLetterQueue, Queue } from './queue.ts';

export interface ReplayContext {
  bucket: Bucket;
  queue: Pick<Queue, 'send'> & DeadLetterQueue;
  config: Config;
  /** A clone, from which a change set that is gone can be made again. */
  directory: string;
  now: () => Date;
}

export interface ReplayedLetters {
  /** The change sets that bring letters back. */
  replayed: { id: string; changeSet: ChangeSet }[];
  /** Letters that stay, each with a sentence. */
  left: { id: string; reason: string }[];
}

/** Brings letters back one after the other. What can't be brought back stays; what others have brought back meanwhile is left out. */
export async function replayDeadLetters(
  letters: readonly DeadLetter[],
  context: ReplayContext,
): Promise<ReplayedLetters> {
  const result: ReplayedLetters = { replayed: [], left: [] };
  for (const letter of letters) {
    try {
      const changeSet = await replayDeadLetter(letter, context);
      if (changeSet) result.replayed.push({ id: letter.id, changeSet });
    } catch (error) {
      if (!(error instanceof LiveCiError)) throw error;
      result.left.push({ id: letter.id, reason: error.message });
    }
  }
  const kept = (await deadLetters(context.bucket)).map(({ id }) => id);
  await moveBack(new Set(kept), context.queue);
  return result;
}

/** Gives letters up for good: their units stay as they are, until a commit touches them again. */
export async function giveUpDeadLetters(
  letters: readonly DeadLetter[],
  { bucket, queue }: Pick<ReplayContext, 'bucket' | 'queue'>,
): Promise<void> {
  await removeDead(new Set(letters.map(({ id }) => id)), queue);
  for (const { id } of letters) await bucket.remove(bucketKeys.deadLetter(id));
}

/**
 * @returns the change set that brings it back; undefined when somebody else did that meanwhile.
 * @throws DeliveryError when it is no change set, or the change set is gone and can't be made again.
 */
async function replayDeadLetter(letter: DeadLetter, context: ReplayContext): Promise<ChangeSet | undefined> {
  const { bucket } = context;
  if (isNumbered(letter.id) && Number(letter.id) > (await readPointer(bucket)).value.sequence) {
    throw new DeliveryError(`Dead letter ${letter.id} is only just being put aside; try again in a minute.`);
  }
  const original = await changeSetIn(letter, context);
  let noted: Noted = 'gone';
  const replayed = await claim(async (last, sequence) => {
    noted = await note(letter.id, sequence, bucket);
    if (noted !== 'noted') return undefined;
    const newest = await newestChangeSet(last, original, context);
    return replayOf(letter.id, original, newest, { sequence, enqueuedAt: context.now().toISOString() });
  }, context);
  await bucket.remove(bucketKeys.deadLetter(letter.id));
  return replayed ?? (typeof noted === 'object' ? noted : undefined);
}

/** A change set where the letter was replayed already, and only its record is left. */
type Noted = 'noted' | 'gone' | ChangeSet;

/** Notes the number that the letter's replay will take. */
async function note(id: string, sequence: number, bucket: Bucket): Promise<Noted> {
  const key = bucketKeys.deadLetter(id);
  for (;;) {
    const stored = await readStored(bucket, key, deadLetterSchema);
    if (stored === undefined) return 'gone';
    const noted = stored.value.replay;
    // A higher note is newer than what we know: our number is taken, and we will be told so.
    if (noted !== undefined && noted >= sequence) return 'noted';
    const there = noted === undefined ? undefined : await readChangeSet(noted, bucket);
    if (typeof there === 'object' && there.replays === id) return there;
    const text = toJson({ ...stored.value, replay: sequence });
    if ((await bucket.write(key, text, { ifMatch: stored.etag })) !== undefined) return 'noted';
  }
}

/**
 * The change set of a dead letter: as it lies in the bucket, else made again from git.
 * @throws DeliveryError
 */
export async function changeSetIn(letter: DeadLetter, context: Omit<ReplayContext, 'queue'>): Promise<ChangeSet> {
  const message = messageIn(letter);
  const number = isNumbered(letter.id) ? Number(letter.id) : message?.sequence;
  if (number === undefined) {
    throw new DeliveryError(
      `Dead letter ${letter.id} is no change set and can't be delivered; live-ci skip --dead-letters ${letter.id} gives it up.`,
    );
  }
  const there = await readChangeSet(number, context.bucket);
  if (typeof there === 'object' && (message === undefined || message.head === there.head)) return there;
  return madeAgain(number, message, context);
}

async function madeAgain(
  sequence: number,
  message: Pick<Message, 'base' | 'head'> | undefined,
  { directory, config, now }: Omit<ReplayContext, 'queue'>,
): Promise<ChangeSet> {
  const key = bucketKeys.changeSet(sequence);
  const restore = `Restore the object (docs/operate.md, "A deleted bucket object")`;
  if (message === undefined) throw new DeliveryError(`${key} is gone, and nothing else tells its commit. ${restore}.`);
  const { base, head } = message;
  try {
    return await describeChangeSet(directory, { base, head, sequence }, { config, now });
  } catch (error) {
    throw new DeliveryError(
      `${key} is gone, and can't be made again here. ${restore}, or run this in a clone of the repository that has ${base === null ? head : `${base} and ${head}`}.`,
      { cause: error },
    );
  }
}

/** What was enqueued last, with the graph at its head. */
async function newestChangeSet(
  last: Enqueued | undefined,
  original: ChangeSet,
  context: ReplayContext,
): Promise<ChangeSet> {
  if (last === undefined || last.sequence === original.sequence) return original;
  if (last.changeSet === null) {
    throw new DeliveryError(
      `A baseline was recorded at ${last.head}, after number ${original.sequence}, and covers it; give the dead letter up with live-ci skip --dead-letters.`,
    );
  }
  const there = await readChangeSet(last.sequence, context.bucket);
  return typeof there === 'object' ? there : madeAgain(last.sequence, last, context);
}

/** The units of one change set, as they are at the head of another. */
function replayOf(
  id: string,
  original: ChangeSet,
  newest: ChangeSet,
  when: Pick<ChangeSet, 'sequence' | 'enqueuedAt'>,
): ChangeSet {
  const { head, graph } = newest;
  const now = new Map(graph.map((unit) => [unit.path, unit]));
  const touched = original.touched.flatMap((unit): TouchedUnit[] => {
    const reasons = [...unit.reasons, `replayed from the dead letter ${id}`];
    const present = now.get(unit.path);
    // Deleted since then: the change set that deleted it took care of it.
    if (present === undefined) return unit.change === 'deleted' ? [{ ...unit, reasons }] : [];
    const { path, tool, dependencies } = present;
    const change = unit.change === 'deleted' ? 'modified' : unit.change;
    return [{ path, tool, dependencies, change, reasons, dependents: [] }];
  });
  return { ...original, ...when, head, graph, touched, replays: id };
}
