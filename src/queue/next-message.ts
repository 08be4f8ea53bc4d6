/** Tidies the queue's head: what is done with goes, what is no message of a change set is put aside. */
import type { Bucket } from '../aws/bucket.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import type { Log, Metric } from '../metrics.ts';
import { readChangeSet } from './change-sets.ts';
import { type DeadLetterOf, deadLetterId, isNumbered, putAside } from './dead-letters.ts';
import { type Message, parseMessage } from './message.ts';
import type { Queue, Received } from './queue.ts';

export interface NextMessageContext {
  bucket: Bucket;
  queue: Queue;
  now: () => Date;
  log: Log;
  metric: Metric;
}

/** At most so many messages are looked at by one poll; the next goes on. */
const mostLooks = 10;

/**
 * The queue's first message of a change set that is still to come, received and not yet released.
 * @param done the number of the change set that was delivered last
 * @param newest the number that was taken last, as far as is known
 */
export async function nextMessage(
  { done, newest }: { done: number; newest: number },
  context: NextMessageContext,
): Promise<{ received: Received; message: Message } | undefined> {
  const { bucket, queue, log } = context;
  const aside = async ({ id, body }: Received, letter: Omit<DeadLetterOf, 'body'>) => {
    log('message put aside', { message: id, ...letter });
    await putAside({ ...letter, body }, context);
  };
  for (let looks = 0; looks < mostLooks; looks++) {
    const received = await queue.receive();
    if (received === undefined) return undefined;
    // A letter's number stands where its message was gone as well: nothing is left of it after its replay.
    if (isNumbered(received.body)) {
      await queue.remove(received);
      continue;
    }
    const message = parseMessage(received.body);
    if (typeof message === 'string') await aside(received, { id: received.id, reason: message });
    else if (message.sequence > done) {
      const wrong = await whatIsWrong(message, newest, bucket);
      if (wrong === undefined) return { received, message };
      await aside(received, { id: received.id, ...wrong });
    }
    await queue.remove(received);
    // Behind the delivery that has just begun, nothing is to be done yet.
    if (typeof message === 'object' && message.sequence === done) return undefined;
  }
  return undefined;
}

/** A change set that is gone gives its dead letter its number; a message that somebody made up must not. */
async function whatIsWrong(
  { head, sequence }: Message,
  newest: number,
  bucket: Bucket,
): Promise<{ id?: string; reason: string } | undefined> {
  const changeSet = await readChangeSet(sequence, bucket);
  const key = bucketKeys.changeSet(sequence);
  if (typeof changeSet === 'object') {
    if (changeSet.head === head) return undefined;
    return { reason: `${key} is the change set of another commit than ${head}. Send commits with live-ci enqueue.` };
  }
  const reason = changeSet ?? `${key} is not in the artifact bucket (any more); restore the object.`;
  return sequence <= newest ? { id: deadLetterId(sequence), reason } : { reason };
}
