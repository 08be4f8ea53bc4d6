/**
 * The whole system around a live repository, in memory: pushes, the product's handlers as processes that may break at any
 * call to AWS, executions that go on by steps, approvers and an operator. What must always hold is checked as it goes.
 */
import assert from 'node:assert/strict';
import { type Ask, ask } from '../../src/approval/ask.ts';
import { decide, parseDecision } from '../../src/approval/decide.ts';
import { rollbackRequestSchema, unitRequestSchema } from '../../src/approval/request.ts';
import { hashOf } from '../../src/approval/token.ts';
import { S3Bucket } from '../../src/aws/bucket.ts';
import { configSchema } from '../../src/config/schema.ts';
import { appliedSchema } from '../../src/delivery/applied.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { UnitRecords } from '../../src/delivery/endings.ts';
import { finish } from '../../src/delivery/finish.ts';
import { replay, skip } from '../../src/delivery/halted.ts';
import { pointerSchema, startingPointer } from '../../src/delivery/pointer.ts';
import { type PollResult, poll } from '../../src/delivery/poll.ts';
import { AwsStepFunctions } from '../../src/delivery/step-functions.ts';
import { messageOf } from '../../src/errors.ts';
import { type Decision, type Delivery, deliverySchema } from '../../src/model.ts';
import { enqueue } from '../../src/queue/enqueue.ts';
import { SqsQueue } from '../../src/queue/queue.ts';
import { enqueued } from './change-set.ts';
import { Processes, type Strike } from './faults.ts';
import { LiveExecution } from './live-execution.ts';
import { type Code, type Fate, LiveWorld } from './live-world.ts';
import { type Gate, MemoryAws } from './memory-aws.ts';
import { deadLetterUrl, queueUrl } from './memory-fifo.ts';
import { type Execution, pipelineArn } from './memory-state-machine.ts';

export interface Script {
  /** Unit ▸ its dependencies. */
  dependencies: Record<string, string[]>;
  /** What becomes of a unit in a delivery; undefined: all is well. */
  fate?: (delivery: Delivery, path: string) => Fate | undefined;
  /** What the approver answers to the rollback question. */
  rollback?: Decision['rollback'];
  /** What the operator does with a halted delivery. */
  operator?: (halted: string) => 'replay' | 'skip';
}

const well: Fate = { delivered: 'applied', rolledBack: 'not' };
const minute = 60_000;

export class LiveSystem {
  readonly world: LiveWorld;
  readonly aws: MemoryAws;
  readonly processes: Processes;
  readonly executions: LiveExecution[] = [];
  /** How often somebody had to replay or skip. */
  halts = 0;
  readonly #script: Script;
  readonly #config = configSchema.parse({});
  readonly #approved = new Set<string>();
  #time = Date.parse('2026-01-02T03:04:05Z');

  constructor(script: Script, strike?: Strike) {
    this.#script = script;
    this.world = new LiveWorld(script.dependencies);
    this.aws = new MemoryAws(() => this.#time);
    this.processes = new Processes(strike);
  }

  readonly now = () => new Date(this.#time);

  wait(milliseconds: number): void {
    this.#time += milliseconds;
  }

  async push(changed: Code): Promise<void> {
    const changeSet = this.world.push(changed);
    const { bucket, queue } = this.#connect((call) => call.make());
    await enqueued(changeSet, bucket, queue);
  }

  /** A build of `live-ci enqueue`. @returns whether it ended well. */
  async enqueue(directory: string, head: string): Promise<boolean> {
    const { error } = await this.processes.run('enqueue', (gate) =>
      enqueue(directory, { head }, { ...this.#connect(gate), config: this.#config }),
    );
    return error === undefined;
  }

  async poll(): Promise<PollResult | undefined> {
    const { value } = await this.processes.run('poll', (gate) => {
      const { bucket, queue, stepFunctions } = this.#connect(gate);
      return poll({ bucket, queue, stepFunctions, config: this.#config, settings, now: this.now, log: () => {} });
    });
    this.#meet();
    return value;
  }

  get running(): LiveExecution[] {
    return this.executions.filter((execution) => execution.running);
  }

  get pointer() {
    const text = this.aws.bucket.text(bucketKeys.pointer);
    return text === undefined ? startingPointer : pointerSchema.parse(JSON.parse(text));
  }

  /** Answers whatever is asked of approvers. */
  async approve(): Promise<void> {
    for (const { delivery, asked } of this.running) {
      for (const [unit, token] of asked) {
        if (!this.#isAsked(delivery.id, unit, token)) continue;
        await this.decide(unit === '' ? this.#rollbackOf(delivery) : this.#decisionOn(delivery, unit));
      }
    }
  }

  async decide(decision: unknown): Promise<void> {
    const parsed = parseDecision(decision);
    if (parsed.decision === 'approve') this.#approved.add(`${parsed.delivery} ${parsed.unit}`);
    await this.processes.run('decide', (gate) => decide(parsed, 'console:example', this.#approvals(gate)));
  }

  /** The operator looks after a halted delivery. */
  async operate(): Promise<void> {
    const { halted } = this.pointer;
    if (halted === null) return;
    assert.ok(halted.reason.length > 0, 'a halted delivery has a reason');
    this.halts++;
    const command = this.#script.operator?.(halted.delivery) ?? 'replay';
    const run = { replay, skip }[command];
    await this.processes.run<unknown>(command, (gate) => run(this.#connect(gate).bucket));
  }

  /** Lets everything go on until nothing is left to do. */
  async settle(): Promise<void> {
    for (let looks = 0; looks < 80; looks++) {
      this.wait(minute);
      await this.poll();
      for (let steps = 0; steps < 50 && this.running.length > 0; steps++) await this.#goOn();
      await this.operate();
      if (this.#atRest) return;
    }
    throw new Error(`the pipeline does not come to rest: ${JSON.stringify(this.pointer)}`);
  }

  /** The next step of whatever runs; when nothing can go on, the approver is asked. */
  async #goOn(): Promise<void> {
    const steps = this.running.flatMap((execution) => execution.steps().slice(0, 1));
    for (const step of steps) await step.take();
    if (steps.length > 0) return;
    this.checkNothingAskedIsLost();
    await this.approve();
  }

  /** Number of the last change set there is. */
  get #pushed(): number {
    const keys = [...this.aws.bucket.objects.keys()].filter((key) => key.startsWith('change-sets/'));
    return Math.max(0, ...keys.map((key) => Number.parseInt(key.slice('change-sets/'.length), 10)));
  }

  get #atRest(): boolean {
    const { running, halted, sequence } = this.pointer;
    return running === null && halted === null && sequence === this.#pushed && this.aws.queues.waiting.length === 0;
  }

  /** Every push was delivered, once and in order, and everything is as the last one says. */
  check(): void {
    const { executions, aws, world } = this;
    const sequences = new Set(executions.map(({ delivery }) => delivery.sequence));
    assert.deepEqual(
      [...sequences],
      Array.from({ length: this.#pushed }, (_, index) => index + 1),
      'every push is delivered, in order',
    );
    for (const { name, definition } of aws.machine.executions)
      assert.equal(
        definition,
        aws.bucket.text(bucketKeys.definition(name)),
        `${name} runs the definition that is kept`,
      );
    assert.deepEqual(world.forgotten, [], 'nothing is forgotten');
    assert.deepEqual(aws.queues.dead, [], 'nothing is a dead letter');
    assert.deepEqual(this.pointer.carried, [], 'nothing is left open');
    this.#checkRecords();
    this.#checkDeeds();
  }

  /** A task that waits for somebody can be answered: its request is kept. */
  checkNothingAskedIsLost(): void {
    for (const { delivery, asked } of this.running)
      for (const [unit, token] of asked)
        assert.ok(this.#isAsked(delivery.id, unit, token), `the question about ${unit || 'the rollback'} is kept`);
  }

  #checkRecords(): void {
    const text = this.aws.bucket.text(bucketKeys.applied);
    const { units } = appliedSchema.parse(JSON.parse(text ?? 'null'));
    for (const path of Object.keys(this.#script.dependencies))
      assert.ok(this.world.isRecorded(path, units[path]), `what is applied of ${path} is written down`);
  }

  #checkDeeds(): void {
    const deeds = this.executions.flatMap((execution) => execution.deeds);
    assert.equal(new Set(deeds.map(({ plan }) => plan)).size, deeds.length, 'no plan is applied twice');
    for (const { delivery, unit } of deeds)
      assert.ok(this.#approved.has(`${delivery} ${unit}`), `${unit} was approved in ${delivery} before it was applied`);
  }

  /** Executions that have started since the last look. */
  #meet(): void {
    for (const execution of this.aws.machine.executions.slice(this.executions.length)) {
      const delivery = this.#described(execution);
      const last = this.executions.at(-1);
      assert.ok(!last?.running, `${delivery.id} starts after ${last?.delivery.id} has ended`);
      if (last) assert.ok(isAfter(delivery, last.delivery), `${delivery.id} comes after ${last.delivery.id}`);
      this.executions.push(new LiveExecution(delivery, execution, this.#surroundings()));
    }
  }

  #described({ name }: Execution): Delivery {
    return deliverySchema.parse(JSON.parse(this.aws.bucket.text(bucketKeys.delivery(name)) ?? 'null'));
  }

  #surroundings() {
    const { world, now, aws } = this;
    return {
      world,
      now,
      bucket: aws.bucket,
      machine: aws.machine,
      fate: (delivery: Delivery, path: string) => this.#script.fate?.(delivery, path) ?? well,
      ask: (request: Ask) => this.#ask(request),
      finish: (delivery: string, records: UnitRecords) => this.#finish(delivery, records),
      sync: (_: Delivery, back: Code) => this.push(back).then(() => true),
    };
  }

  /** As the handler does. */
  async #ask(request: Ask): Promise<boolean> {
    const { error } = await this.processes.run('request-approval', async (gate) => {
      const context = this.#approvals(gate);
      try {
        await ask(request, context);
      } catch (failure) {
        await context.stepFunctions.fail(request.token, 'LiveCi.RequestFailed', messageOf(failure));
        throw failure;
      }
    });
    return error === undefined;
  }

  async #finish(delivery: string, records: UnitRecords) {
    const { value } = await this.processes.run('finish', (gate) =>
      finish(delivery, records, { bucket: this.#connect(gate).bucket, now: this.now }),
    );
    return value;
  }

  #isAsked(delivery: string, unit: string, token: string): boolean {
    const key = unit === '' ? bucketKeys.rollbackRequest(delivery) : bucketKeys.request(delivery, unit);
    const text = this.aws.bucket.text(key);
    if (text === undefined) return false;
    const kept = (unit === '' ? rollbackRequestSchema : unitRequestSchema).parse(JSON.parse(text));
    return kept.token === hashOf(token) && this.aws.bucket.text(bucketKeys.token(delivery, kept.token)) === token;
  }

  #decisionOn(delivery: Delivery, unit: string) {
    const declined = this.#script.fate?.(delivery, unit)?.delivered === 'declined';
    return { delivery: delivery.id, unit, decision: declined ? 'decline' : 'approve' };
  }

  #rollbackOf(delivery: Delivery) {
    return { delivery: delivery.id, decision: 'decline', rollback: this.#script.rollback ?? 'none' };
  }

  #approvals(gate: Gate) {
    const { bucket, stepFunctions } = this.#connect(gate);
    return { bucket, stepFunctions, now: this.now };
  }

  #connect(gate: Gate) {
    const { s3, sqs, sfn } = this.aws.clients(gate);
    return {
      bucket: new S3Bucket(s3, 'artifacts'),
      queue: new SqsQueue(sqs, queueUrl, deadLetterUrl),
      stepFunctions: new AwsStepFunctions(sfn, pipelineArn),
    };
  }
}

const settings = {
  executor: { kind: 'lambda' as const, function: 'local-runner' },
  requestApproval: 'request-approval',
  finish: 'finish',
  planSeconds: 60,
  applySeconds: 60,
  approvalSeconds: 60,
};

/** The next change set, or the same again. */
function isAfter(delivery: Delivery, last: Delivery): boolean {
  if (delivery.sequence !== last.sequence) return delivery.sequence === last.sequence + 1;
  return delivery.attempt === last.attempt + 1;
}
