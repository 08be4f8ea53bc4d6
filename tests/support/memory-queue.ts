/**
 * The FIFO queue in memory, with SQS's rules: groups, visibility, deduplication, retention, and the redrive of what was received
 * too often. Time passes when told to.
 */
import type { DeadLetterOf } from '../../src/queue/dead-letters.ts';
import { deduplicationOf, groupOf, type Message } from '../../src/queue/message.ts';
import type { DeadLetterQueue, Queue, Received, ReceivedDead } from '../../src/queue/queue.ts';

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

interface Dead {
  id: string;
  body: string;
  reason: string | null;
}

export class MemoryQueue implements Queue, DeadLetterQueue {
  /** The dead-letter queue; SQS's own redrive knows no reason. */
  readonly dead: Dead[] = [];
  /** Whether SQS moves dead letters by itself. */
  moves = true;
  readonly #hidden = new Set<Dead>();
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

  async receiveDead(): Promise<ReceivedDead | undefined> {
    const message = this.dead.find((one) => !this.#hidden.has(one));
    if (message === undefined) return undefined;
    this.#hidden.add(message);
    const letter = message.reason === null ? undefined : message.id;
    return { id: message.id, body: message.body, receipt: message.id, letter };
  }

  async releaseDead({ receipt }: ReceivedDead): Promise<void> {
    for (const message of this.dead) if (message.id === receipt) this.#hidden.delete(message);
  }

  async removeDead({ receipt }: ReceivedDead): Promise<void> {
    this.dead.splice(0, Number.POSITIVE_INFINITY, ...this.dead.filter((one) => one.id !== receipt));
  }

  async moveDead(message: ReceivedDead): Promise<void> {
    this.put(message.body, message.id, message.id);
    await this.removeDead(message);
  }

  async moveAllDead(): Promise<boolean> {
    if (this.moves) for (const { id, body } of this.dead.splice(0)) this.put(body, id, id);
    return this.moves;
  }

  /** So long that whatever was received and not removed is seen again, and duplicates are no longer known. */
  timePasses(): void {
    for (const message of this.#messages) message.receipt = null;
    this.#recent.clear();
    this.#hidden.clear();
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
