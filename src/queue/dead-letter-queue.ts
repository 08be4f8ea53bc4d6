/** Brings the dead-letter queue in step with the records in the bucket, which are what counts. */
import type { DeadLetterQueue, ReceivedDead } from './queue.ts';

/**
 * Takes out what has no record (any more): letters that were replayed, and messages that SQS moved there by itself. They go back
 * into the queue, where polls take away what is done with, and deliver what is not.
 * @param kept ids of the dead letters that stay
 */
export async function moveBack(kept: ReadonlySet<string>, queue: DeadLetterQueue): Promise<void> {
  if (kept.size === 0 && (await queue.moveAllDead())) return;
  await eachDead(queue, async (message) => {
    if (message.letter !== undefined && kept.has(message.letter)) return false;
    await queue.moveDead(message);
    return true;
  });
}

/** Removes the messages of letters that are given up. */
export async function removeDead(letters: ReadonlySet<string>, queue: DeadLetterQueue): Promise<void> {
  await eachDead(queue, async (message) => {
    if (message.letter === undefined || !letters.has(message.letter)) return false;
    await queue.removeDead(message);
    return true;
  });
}

/**
 * What is left where it is comes again when its visibility has ended before all were seen: once everything that is left has come a second time and
 * nothing new with it, all were.
 * @param take answers false for a message that is to be seen by others again.
 */
async function eachDead(queue: DeadLetterQueue, take: (message: ReceivedDead) => Promise<boolean>): Promise<void> {
  const left = new Map<string, ReceivedDead>();
  let again = 0;
  for (let message = await queue.receiveDead(); message; message = await queue.receiveDead()) {
    const isNew = !left.has(message.id);
    again = isNew ? 0 : again + 1;
    // Each time it has another receipt.
    if (!isNew || !(await take(message))) left.set(message.id, message);
    if (!isNew && again >= left.size) break;
  }
  for (const message of left.values()) await queue.releaseDead(message);
}
