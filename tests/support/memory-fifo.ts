/** A FIFO queue with its dead letters, as SQS keeps them. */
import type { Call } from './memory-aws.ts';

const minute = 60_000;
const deduplicationMilliseconds = 5 * minute;
const retentionMilliseconds = 14 * 24 * 60 * minute;

export const queueUrl = 'https://sqs.example.org/pipeline.fifo';
export const deadLetterUrl = 'https://sqs.example.org/dead-letters.fifo';

/** Far sooner than the template has it, so that it happens. */
const redriveAfter = 20;

interface Held {
  id: string;
  body: string;
  group: string;
  attributes: Record<string, unknown>;
  sentAt: number;
  visibleAt: number;
  received: number;
  /** Of the last reception. */
  receipt: string | null;
}

interface Sent {
  QueueUrl: string;
  MessageBody: string;
  MessageGroupId: string;
  MessageDeduplicationId: string;
  MessageAttributes?: Record<string, unknown>;
}

interface Input extends Sent {
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  ReceiptHandle: string;
}

export class MemoryFifoQueues {
  readonly #now: () => number;
  readonly #held = new Map<string, Held[]>([
    [queueUrl, []],
    [deadLetterUrl, []],
  ]);
  readonly #recent = new Map<string, { id: string; until: number }>();
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  call(name: string, input: Input): Omit<Call, 'name'> {
    const on = input.QueueUrl === deadLetterUrl ? 'dead letters' : '';
    const answers: Record<string, () => unknown> = {
      SendMessage: () => this.#send(input),
      ReceiveMessage: () => this.#receive(input),
      DeleteMessage: () => this.#delete(input),
      ChangeMessageVisibility: () => this.#change(input),
      GetQueueAttributes: () => this.#attributes(input),
      StartMessageMoveTask: () => this.#moveBack(),
    };
    const answer = answers[name];
    if (answer === undefined) throw new Error(`SQS in memory has no ${name}.`);
    return { on, make: async () => answer() };
  }

  /** Bodies of the messages that wait, in order, received ones too. */
  get waiting(): string[] {
    return this.#of(queueUrl).map(({ body }) => body);
  }

  get dead(): string[] {
    return this.#of(deadLetterUrl).map(({ body }) => body);
  }

  /** Any text, as somebody might send it by hand. */
  put(body: string): void {
    this.#send({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: 'by hand', MessageDeduplicationId: body });
  }

  /** Somebody empties the queue. */
  purge(): void {
    this.#held.set(queueUrl, []);
  }

  #of(url: string): Held[] {
    const oldest = this.#now() - retentionMilliseconds;
    const kept = (this.#held.get(url) ?? []).filter((message) => message.sentAt > oldest);
    this.#held.set(url, kept);
    return kept;
  }

  #send(input: Sent): { MessageId: string } {
    const key = `${input.QueueUrl} ${input.MessageDeduplicationId}`;
    const known = this.#recent.get(key);
    if (known && known.until > this.#now()) return { MessageId: known.id };
    const id = `message-${++this.#count}`;
    this.#recent.set(key, { id, until: this.#now() + deduplicationMilliseconds });
    this.#of(input.QueueUrl).push({
      id,
      body: input.MessageBody,
      group: input.MessageGroupId,
      attributes: input.MessageAttributes ?? {},
      sentAt: this.#now(),
      visibleAt: 0,
      received: 0,
      receipt: null,
    });
    return { MessageId: id };
  }

  #receive({ QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 30 }: Input) {
    const now = this.#now();
    const all = this.#of(QueueUrl);
    const busy = new Set(all.filter(({ visibleAt }) => visibleAt > now).map(({ group }) => group));
    const found: Held[] = [];
    for (const message of all.filter(({ group }) => !busy.has(group))) {
      if (found.length === MaxNumberOfMessages) break;
      if (QueueUrl === queueUrl && message.received === redriveAfter) this.#redrive(message);
      else found.push(message);
    }
    for (const message of found) {
      message.received++;
      message.visibleAt = now + VisibilityTimeout * 1000;
      message.receipt = `receipt-${++this.#count}`;
    }
    return {
      Messages: found.map(({ id, body, receipt, attributes, received, sentAt }) => ({
        MessageId: id,
        Body: body,
        ReceiptHandle: receipt,
        MessageAttributes: attributes,
        Attributes: { ApproximateReceiveCount: String(received), SentTimestamp: String(sentAt) },
      })),
    };
  }

  #redrive(message: Held): void {
    this.#remove(queueUrl, message);
    this.#of(deadLetterUrl).push({ ...message, sentAt: this.#now(), visibleAt: 0, received: 0, receipt: null });
  }

  /** At once, where SQS takes its time. */
  #moveBack() {
    for (const message of this.#of(deadLetterUrl)) {
      this.#remove(deadLetterUrl, message);
      this.#of(queueUrl).push({ ...message, sentAt: this.#now(), visibleAt: 0, received: 0, receipt: null });
    }
    return { TaskHandle: 'move' };
  }

  #remove(url: string, message: Held): void {
    this.#held.set(
      url,
      this.#of(url).filter((one) => one !== message),
    );
  }

  /** In a FIFO queue a receipt is worth something only while it hides the message. */
  #delete({ QueueUrl, ReceiptHandle }: Input) {
    const message = this.#of(QueueUrl).find(({ receipt }) => receipt === ReceiptHandle);
    if (message === undefined) return {};
    if (message.visibleAt <= this.#now()) throw expiredReceipt();
    this.#remove(QueueUrl, message);
    return {};
  }

  #change({ QueueUrl, ReceiptHandle, VisibilityTimeout = 30 }: Input) {
    const message = this.#of(QueueUrl).find(({ receipt }) => receipt === ReceiptHandle);
    if (message === undefined || message.visibleAt <= this.#now()) throw expiredReceipt();
    message.visibleAt = this.#now() + VisibilityTimeout * 1000;
    return {};
  }

  #attributes({ QueueUrl }: Input) {
    const hidden = this.#of(QueueUrl).filter(({ visibleAt }) => visibleAt > this.#now()).length;
    return {
      Attributes: {
        QueueArn: QueueUrl,
        ApproximateNumberOfMessages: String(this.#of(QueueUrl).length - hidden),
        ApproximateNumberOfMessagesNotVisible: String(hidden),
      },
    };
  }
}

function expiredReceipt(): Error {
  return Object.assign(new Error('The receipt handle has expired.'), { name: 'InvalidParameterValue' });
}
