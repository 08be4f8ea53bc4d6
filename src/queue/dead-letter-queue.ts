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

/** @param take answers false for a message that is to be seen by others again. */
async function eachDead(queue: DeadLetterQueue, take: (message: ReceivedDead) => Promise<boolean>): Promise<void> {
  const left: ReceivedDead[] = [];
  for (let message = await queue.receiveDead(); message; message = await queue.receiveDead()) {
    if (!(await take(message))) left.push(message);
  }
  for (const message of left) await queue.releaseDead(message);
}
