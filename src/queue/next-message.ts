/** Tidies the queue's head: what is done with goes, what is no message of a change set is put aside. */
import type { Bucket } from '../aws/bucket.ts';
import { messageOf } from '../errors.ts';
import type { Log, Metric } from '../metrics.ts';
import { readChangeSet } from './change-sets.ts';
import { deadLetterId, putAside } from './dead-letters.ts';
import { type Message, messageSchema } from './message.ts';
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
  for (let looks = 0; looks < mostLooks; looks++) {
    const received = await queue.receive();
    if (received === undefined) return undefined;
    const message = parse(received.body);
    const sequence = typeof message === 'string' ? 0 : message.sequence;
    if (typeof message === 'string' || sequence > done) {
      const reason = typeof message === 'string' ? message : await whyUnknown(message, bucket);
      if (typeof message !== 'string' && reason === undefined) return { received, message };
      // A number that was taken names its dead letter; one that somebody made up must not.
      const id = sequence > 0 && sequence <= newest ? deadLetterId(sequence) : received.id;
      log('message put aside', { id, reason });
      await putAside({ id, reason: reason ?? '', body: received.body }, context);
    }
    await queue.remove(received);
    // Behind the delivery that has just begun, nothing is to be done yet.
    if (sequence === done) return undefined;
  }
  return undefined;
}

/** A sentence for what is no message. */
function parse(body: string): Message | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return `The message is not JSON: ${messageOf(error)}. Send commits with live-ci enqueue.`;
  }
  const parsed = messageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `The message is no change set: ${issue?.path.join('.')}: ${issue?.message}. Send commits with live-ci enqueue.`;
}

async function whyUnknown({ changeSet: key, head, sequence }: Message, bucket: Bucket): Promise<string | undefined> {
  const changeSet = await readChangeSet(sequence, bucket);
  if (changeSet === undefined) return `${key} is not in the artifact bucket (any more); restore the object.`;
  if (typeof changeSet === 'string') return changeSet;
  if (changeSet.head === head) return undefined;
  return `${key} is the change set of another commit than ${head}. Send commits with live-ci enqueue.`;
}
