/**
 * The FIFO queue in memory, with SQS's rules: groups, visibility, deduplication, retention, and the redrive of what was received
 * too often. Time passes when told to.
 */
import type { DeadLetterOf } from '../../src/queue/dead-letters.ts';
import { deduplicationOf, groupOf, type Message } from '../../src/queue/message.ts';
import type { Queue, Received } from '../../src/queue/queue.ts';

interface Held {
  id: string;
  body: string;
  group: string;
  receives: number;
  /** Of the reception that hides it; null while it can be seen. */
  receipt: string | null;
}

/** As the template has it. */
const maxReceiveCount = 1000;

export class MemoryQueue implements Queue {
  /** The dead-letter queue; SQS's own redrive knows no reason. */
  dead: { id: string; body: string; reason: string | null }[] = [];
  #messages: Held[] = [];
  readonly #recent = new Set<string>();
  #count = 0;

  async send(message: Message): Promise<void> {
    this.put(JSON.stringify(message), deduplicationOf(message), groupOf(message.repository, message.branch));
  }

  /** Any text, as somebody might send it by hand. */
  put(body: string, deduplication = body, group = 'by hand'): void {
    if (this.#recent.has(deduplication)) return;
    this.#recent.add(deduplication);
    this.#messages.push({ id: `message-${++this.#count}`, body, group, receives: 0, receipt: null });
  }

  async receive(): Promise<Received | undefined> {
    for (;;) {
      const busy = new Set(this.#messages.filter((one) => one.receipt !== null).map((one) => one.group));
      const message = this.#messages.find((one) => !busy.has(one.group));
      if (message === undefined) return undefined;
      if (++message.receives > maxReceiveCount) {
        this.#messages = this.#messages.filter((one) => one !== message);
        this.dead.push({ id: message.id, body: message.body, reason: null });
        continue;
      }
      message.receipt = `receipt-${++this.#count}`;
      return { id: message.id, body: message.body, receipt: message.receipt };
    }
  }

  async remove({ receipt }: Received): Promise<void> {
    this.#messages = this.#messages.filter((one) => one.receipt !== receipt);
  }

  async release({ receipt }: Received): Promise<void> {
    for (const message of this.#messages) if (message.receipt === receipt) message.receipt = null;
  }

  async bury({ id, reason, body }: DeadLetterOf): Promise<void> {
    if (this.#recent.has(`dead ${id}`)) return;
    this.#recent.add(`dead ${id}`);
    this.dead.push({ id, body: body ?? id, reason });
  }

  async count(): Promise<{ waiting: number; dead: number }> {
    return { waiting: this.#messages.length, dead: this.dead.length };
  }

  /** So long that whatever was received and not removed is seen again, and duplicates are no longer known. */
  timePasses(): void {
    for (const message of this.#messages) message.receipt = null;
    this.#recent.clear();
  }

  /** The retention period passes, or somebody purges the queue: either way nothing is left. */
  expire(): void {
    this.timePasses();
    this.#messages = [];
  }

  /** Bodies of all that wait, in order. */
  get bodies(): string[] {
    return this.#messages.map((one) => one.body);
  }
}
