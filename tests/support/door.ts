/** The door of the queue: pushes of a live repository are enqueued, into a bucket and a queue in memory. */
import { type ChangeSet, changeSetSchema } from '../../src/model.ts';
import { type EnqueueContext, enqueue } from '../../src/queue/enqueue.ts';
import { messageSchema } from '../../src/queue/message.ts';
import { configWith } from './config.ts';
import type { Process } from './cut-off.ts';
import type { LiveRepository } from './live-repository.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { MemoryQueue } from './memory-queue.ts';

/** A unit's code. */
export const root = (text = '') => `terraform {\n  backend "local" {}\n}\n${text}`;
export const twoUnits = { 'a/main.tf': root(), 'b/main.tf': root() };

export class Door {
  readonly bucket = new MemoryBucket();
  readonly queue = new MemoryQueue();
  config = configWith();
  readonly now = () => new Date('2026-01-02T03:04:05Z');
  readonly live: LiveRepository;
  /** What was warned of, in order. */
  readonly warnings: string[] = [];
  readonly warn = (message: string) => {
    this.warnings.push(message);
  };

  constructor(live: LiveRepository) {
    this.live = live;
  }

  enqueue(head: string, base?: string, context: Partial<EnqueueContext> = {}) {
    return enqueue(this.live.url, { head, base }, { ...this, ...context });
  }

  /** As the webhook and the hook do it. */
  push(head: string, base?: string) {
    return enqueue(this.live.url, { head, base, ref: 'refs/heads/main' }, this);
  }

  /** As the clock has it done. */
  look() {
    return enqueue(this.live.url, { ref: 'refs/heads/main', look: true }, this);
  }

  /** As it is done when a pull request was merged. */
  enqueueBranch() {
    return enqueue(this.live.url, { ref: 'refs/heads/main' }, this);
  }

  by(process: Process): Pick<EnqueueContext, 'bucket' | 'queue'> {
    return { bucket: process.using(this.bucket), queue: process.using(this.queue) };
  }

  /** The change sets that wait, in order. */
  get waiting(): ChangeSet[] {
    return this.queue.bodies.map((body) => {
      const message = messageSchema.parse(JSON.parse(body));
      return changeSetSchema.parse(JSON.parse(this.bucket.text(message.changeSet) ?? 'null'));
    });
  }
}

export const paths = (changeSet: ChangeSet | undefined) => changeSet?.touched.map((unit) => unit.path);
export const summary = ({ base, head, sequence }: ChangeSet) => ({ base, head, sequence });
