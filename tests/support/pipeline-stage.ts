/** Everything that a delivery needs, in memory: bucket, queue, Step Functions; and what happens in an execution, told by a test. */
import { configSchema } from '../../src/config/schema.ts';
import { type Applied, appliedSchema } from '../../src/delivery/applied.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { finish } from '../../src/delivery/finish.ts';
import { type Pointer, pointerSchema } from '../../src/delivery/pointer.ts';
import { type PollContext, type PollResult, poll } from '../../src/delivery/poll.ts';
import type { Records } from '../../src/delivery/records.ts';
import { applying } from '../../src/delivery/unit-facts.ts';
import type { Metric } from '../../src/metrics.ts';
import {
  type Delivery,
  deliverySchema,
  noEffects,
  type Outcome,
  type RunResult,
  unknownDurations,
} from '../../src/model.ts';
import { unitKeys } from '../../statemachine/unit-keys.ts';
import { type ChangeSetFacts, changeSetOf, enqueued } from './change-set.ts';
import { Process } from './cut-off.ts';
import { settings } from './definition.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { MemoryQueue } from './memory-queue.ts';
import { MemoryStepFunctions } from './memory-step-functions.ts';

export type Ended = Record<string, Outcome | 'half applied'>;

export const now = () => new Date('2026-01-02T03:04:05Z');

export class PipelineStage {
  readonly bucket = new MemoryBucket();
  readonly queue = new MemoryQueue();
  readonly stepFunctions = new MemoryStepFunctions();
  readonly log: { message: string; fields: Record<string, unknown> | undefined }[] = [];
  /** What was measured, in order. */
  readonly measured: Parameters<Metric>[] = [];
  readonly metric: Metric = (...measure) => void this.measured.push(measure);
  config = configSchema.parse({});

  context(process = new Process()): PollContext {
    return {
      bucket: process.using(this.bucket),
      queue: process.using(this.queue),
      stepFunctions: process.using(this.stepFunctions),
      config: this.config,
      settings,
      now,
      log: (message, fields) => void this.log.push({ message, fields }),
      metric: this.metric,
    };
  }

  poll(process?: Process): Promise<PollResult> {
    return poll(this.context(process));
  }

  enqueue(sequence: number, facts: ChangeSetFacts) {
    return enqueued(changeSetOf(sequence, facts), this.bucket, this.queue);
  }

  /** Names of the executions, in the order in which they were started. */
  get started(): string[] {
    return this.stepFunctions.executions.map((one) => one.name);
  }

  delivery(id: string): Delivery {
    return deliverySchema.parse(this.#document(bucketKeys.delivery(id)));
  }

  get pointer(): Pointer {
    return pointerSchema.parse(this.#document(bucketKeys.pointer));
  }

  get applied(): Applied['units'] {
    return appliedSchema.parse(this.#document(bucketKeys.applied)).units;
  }

  /** The state "Record outcomes" of an execution. Units that aren't told about are `applied`. */
  async record(id: string, ended: Ended = {}, process = new Process()) {
    await this.leaveHalfApplied(id, ended);
    const context = { bucket: process.using(this.bucket), now, metric: this.metric };
    return finish(id, recordsOf(this.delivery(id), ended), context);
  }

  /** An execution runs to its end: its outcomes are recorded, and it fails when the queue must wait. */
  async execute(id: string, ended: Ended = {}): Promise<void> {
    const { halted } = await this.record(id, ended);
    this.stepFunctions.end(id, halted ? 'FAILED' : 'SUCCEEDED');
  }

  /** What a build leaves. */
  async built(id: string, unit: string, facts: Pick<RunResult, 'action' | 'outcome'> & Partial<RunResult>) {
    const result: RunResult = {
      unit,
      plan: null,
      counts: { ...noEffects, add: 1 },
      destroys: [],
      outputsChanged: [],
      warnings: [],
      content: null,
      existed: false,
      commit: this.delivery(id).head,
      startedAt: now().toISOString(),
      endedAt: now().toISOString(),
      durations: unknownDurations,
      error: null,
      ...facts,
    };
    await this.began(id, unit, facts.action);
    await this.bucket.write(bucketKeys.result(id, unit, facts.action), JSON.stringify(result));
  }

  /** What a build leaves that was cut off. */
  async began(id: string, unit: string, action: RunResult['action']) {
    await this.bucket.write(bucketKeys.log(id, unit, action), 'it began');
  }

  /** What builds leave of units that are said to be half applied. */
  async leaveHalfApplied(id: string, ended: Ended): Promise<void> {
    for (const unit of this.delivery(id).units) {
      const hasLog = this.bucket.text(bucketKeys.log(id, unit.path, applying(unit))) !== undefined;
      if (ended[unit.path] === 'half applied' && !hasLog) await this.began(id, unit.path, applying(unit));
    }
  }

  #document(key: string): unknown {
    return JSON.parse(this.bucket.text(key) ?? 'null');
  }
}

/** The execution's data when all its units have ended. */
export function recordsOf(delivery: Delivery, ended: Ended = {}): Records {
  const key = unitKeys(delivery);
  return Object.fromEntries(
    delivery.units.map(({ path }) => {
      const end = ended[path] ?? 'applied';
      const outcome = end === 'half applied' ? 'failed' : end;
      return [key(path), { r: { outcome, half: end === 'half applied' } }];
    }),
  );
}
