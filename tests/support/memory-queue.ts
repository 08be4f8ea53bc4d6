/** The FIFO queue in memory, with SQS's rules: groups, visibility, deduplication, dead letters. Time passes when told to. */
import { deduplicationOf, groupOf, type Message } from '../../src/queue/message.ts';
import type { Queue, Received } from '../../src/queue/queue.ts';

interface Held {
  id: string;
  body: string;
  group: string;
  /** Of the reception that hides it; null while it can be seen. */
  receipt: string | null;
}

export class MemoryQueue implements Queue {
  readonly dead: { id: string; body: string; reason: string }[] = [];
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
    this.#messages.push({ id: `message-${++this.#count}`, body, group, receipt: null });
  }

  async receive(): Promise<Received | undefined> {
    const busy = new Set(this.#messages.filter((one) => one.receipt !== null).map((one) => one.group));
    const message = this.#messages.find((one) => !busy.has(one.group));
    if (message === undefined) return undefined;
    const receipt = `receipt-${++this.#count}`;
    message.receipt = receipt;
    return { id: message.id, body: message.body, receipt };
  }

  async remove({ receipt }: Received): Promise<void> {
    this.#messages = this.#messages.filter((one) => one.receipt !== receipt);
  }

  async bury(message: Received, reason: string): Promise<void> {
    if (!this.dead.some((one) => one.id === message.id)) {
      this.dead.push({ id: message.id, body: message.body, reason });
    }
    await this.remove(message);
  }

  async count(): Promise<{ waiting: number; dead: number }> {
    return { waiting: this.#messages.length, dead: this.dead.length };
  }

  /** So long that whatever was received and not removed is seen again, and duplicates are no longer known. */
  timePasses(): void {
    for (const message of this.#messages) message.receipt = null;
    this.#recent.clear();
  }

  /** Bodies of all that wait, in order. */
  get bodies(): string[] {
    return this.#messages.map((one) => one.body);
  }
}
