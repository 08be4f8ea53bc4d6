/**
 * The whole system around a live repository, in memory: pushes, the product's handlers as processes that may break at any
 * call to AWS, executions that go on by steps, approvers and an operator. What must always hold is checked as it goes.
 */
import assert from 'node:assert/strict';
import * as z from 'zod';
import { type Ask, ask } from '../../src/approval/ask.ts';
import { decide, parseDecision } from '../../src/approval/decide.ts';
import { rollbackRequestSchema, unitRequestSchema } from '../../src/approval/request.ts';
import { hashOf } from '../../src/approval/token.ts';
import { S3Bucket } from '../../src/aws/bucket.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { appliedSchema } from '../../src/delivery/applied.ts';
import { bucketKeys, planners } from '../../src/delivery/bucket-keys.ts';
import { deliveryOutcomesSchema, type Told } from '../../src/delivery/endings.ts';
import { finish } from '../../src/delivery/finish.ts';
import { gaugesAfter } from '../../src/delivery/gauges.ts';
import { replay, retryLast, skip } from '../../src/delivery/halted.ts';
import { nextGroup, type Progress } from '../../src/delivery/next-group.ts';
import { pointerSchema, startingPointer } from '../../src/delivery/pointer.ts';
import { type PollResult, poll } from '../../src/delivery/poll.ts';
import { AwsStepFunctions } from '../../src/delivery/step-functions.ts';
import { DecisionError, DeliveryError, messageOf } from '../../src/errors.ts';
import {
  type ChangeSet,
  changeSetSchema,
  type Decision,
  type Delivery,
  deliverySchema,
  endedWell,
  type RollbackRule,
} from '../../src/model.ts';
import { claim, enqueuedSchema } from '../../src/queue/claim.ts';
import { deadLetters } from '../../src/queue/dead-letters.ts';
import { SqsQueue } from '../../src/queue/queue.ts';
import { giveUpDeadLetters, replayDeadLetters } from '../../src/queue/replay-dead-letters.ts';
import { bringBack } from '../../src/repository/sync.ts';
import type { Settings } from '../../statemachine/settings.ts';
import { CutOff } from './cut-off.ts';
import { settings } from './definition.ts';
import { Processes, type Strike } from './faults.ts';
import { type Broken, LiveExecution } from './live-execution.ts';
import { type Code, type Fate, LiveWorld, type Reads } from './live-world.ts';
import { type Gate, MemoryAws } from './memory-aws.ts';
import { deadLetterUrl, queueUrl } from './memory-fifo.ts';
import { type Execution, pipelineArn } from './memory-state-machine.ts';

export interface Script {
  /** Unit ▸ its dependencies. */
  dependencies: Record<string, string[]>;
  /** What a unit reads whose code says something else. */
  reads?: Reads;
  /** Whether deliveries have the compact form. */
  compact?: boolean;
  /** What becomes of a unit in a delivery; undefined: all is well. */
  fate?: (delivery: Delivery, path: string) => Fate | undefined;
  /** What the approver answers, who has been asked so often before; by default as the fate says. */
  answer?: (delivery: Delivery, path: string, times: number) => 'approve' | 'replan';
  /** Units that nobody is asked about: a rule approves their plans. */
  byRule?: string[];
  /** The unit that approvers look at only when nothing else is left to do. */
  last?: string;
  /** Which deliveries somebody cancels, once a unit is applied. */
  cancel?: (delivery: Delivery) => boolean;
  /** What the approver answers to the rollback question; of several units, those with a `true` in turn. */
  rollback?: RollbackWish['rollback'] | (() => RollbackWish);
  /** How git is brought back; by default by a commit. */
  sync?: Config['sync'];
  /** Which plans of rollbacks ask. */
  asks?: RollbackRule;
  /** What the operator does with a halted delivery. */
  operator?: (halted: string) => 'replay' | 'skip';
}

export interface RollbackWish {
  rollback: NonNullable<Decision['rollback']> | 'retry';
  listed?: boolean[];
}

const well: Fate = { delivered: 'applied', rolledBack: 'not' };
const minute = 60_000;

export class LiveSystem {
  readonly world: LiveWorld;
  readonly aws: MemoryAws;
  readonly processes: Processes;
  readonly executions: LiveExecution[] = [];
  /** How often somebody had to do something: start a build again, replay or skip. */
  acted = 0;
  readonly #script: Script;
  readonly #config: Config;
  readonly #settings: Settings;
  readonly #approved = new Set<string>();
  readonly #halted = new Set<string>();
  /** Deliveries that somebody tried again once they had ended. */
  readonly #triedAgain = new Set<string>();
  /** Numbers of dead letters that were replayed. */
  readonly #broughtBack = new Set<number>();
  readonly #answered = new Map<string, number>();
  #time = Date.parse('2026-01-02T03:04:05Z');

  constructor(script: Script, strike?: Strike) {
    this.#script = script;
    const byRule = (script.byRule ?? []).map((path) => [path, { autoApprove: 'always' }]);
    this.#config = configSchema.parse({
      environments: Object.fromEntries(byRule),
      approvals: { rollback: script.asks },
      sync: script.sync ?? 'commit',
    });
    this.#settings = { ...settings, inlineUnits: script.compact ? 0 : settings.inlineUnits };
    const { dependencies, reads = (path) => dependencies[path] ?? [] } = script;
    this.world = new LiveWorld(Object.keys(dependencies), reads);
    this.aws = new MemoryAws(() => this.#time);
    this.processes = new Processes(strike);
  }

  readonly now = () => new Date(this.#time);

  wait(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** A commit, and the build that its webhook starts. */
  async push(changed: Code): Promise<void> {
    await this.build(this.world.commit(changed));
  }

  /** What a build of `live-ci enqueue` does once it has understood the commit. @returns whether it ended well. */
  async build(head: string): Promise<boolean> {
    const { error } = await this.processes.run('enqueue', (gate) =>
      claim(
        async (last, sequence) =>
          last && this.world.covers(last.head, head)
            ? undefined
            : this.world.describe(last?.head ?? null, head, sequence),
        { ...this.#connect(gate), config: this.#config },
      ),
    );
    return error === undefined;
  }

  /** Somebody merges what is proposed to bring git back, if there is anything. */
  async merge(): Promise<void> {
    const head = this.world.merge();
    if (head !== undefined) await this.build(head);
  }

  async poll(): Promise<PollResult | undefined> {
    const { value } = await this.processes.run('poll', async (gate) => {
      const context = {
        ...this.#connect(gate),
        config: this.#config,
        settings: this.#settings,
        now: this.now,
        log,
        metric,
      };
      const result = await poll(context);
      await gaugesAfter(result, context);
      return result;
    });
    this.#meet();
    return value;
  }

  get running(): LiveExecution[] {
    return this.executions.filter((execution) => execution.running);
  }

  get pointer() {
    return pointerSchema.nullable().parse(this.#document(bucketKeys.pointer)) ?? startingPointer;
  }

  /** Answers whatever is asked of approvers. */
  async approve(): Promise<void> {
    for (const { delivery, asked, deeds, rollsBack } of this.running) {
      const cancels = this.#script.cancel?.(delivery) && deeds.length > 0;
      if (cancels && this.aws.bucket.text(bucketKeys.cancelled(delivery.id)) === undefined)
        await this.decide({ delivery: delivery.id, decision: 'cancel' });
      for (const [unit, token] of asked) {
        if (!this.#isAsked(delivery.id, unit, token) || !this.aws.machine.waits(token)) continue;
        if (unit === this.#script.last && asked.size > 1) continue;
        if (rollsBack) await this.#decideBack(delivery, unit, token);
        else if (unit !== '') await this.decide(this.#decisionOn(delivery, unit));
        else await this.#chooseRollback(delivery, token);
      }
    }
  }

  /** A decision, given to the state machine `decision`: what broke down is tried again, a refusal stands. */
  async decide(decision: unknown): Promise<void> {
    const parsed = parseDecision(decision);
    if (parsed.decision === 'approve') this.#approved.add(`${parsed.delivery} ${parsed.unit}`);
    const givenAt = this.now();
    for (let tries = 0; tries <= 8; tries++) {
      const { error } = await this.processes.run('decide', (gate) =>
        decide(parsed, 'console:example', this.#approvals(gate), givenAt),
      );
      if (error === undefined || error instanceof DecisionError) return;
    }
  }

  /** The operator looks after a build that failed and a delivery that is halted. */
  async operate(): Promise<void> {
    if (this.world.head !== null && !this.#isEnqueued(this.world.head)) {
      this.acted++;
      await this.build(this.world.head);
    }
    const { halted } = this.pointer;
    if (halted === null) return;
    assert.ok(halted.reason.length > 0, 'a halted delivery has a reason');
    this.acted++;
    await this.command(this.#script.operator?.(halted.delivery) ?? 'replay');
  }

  async command(name: 'replay' | 'skip' | 'retry'): Promise<void> {
    const run = { replay, skip, retry: retryLast }[name];
    const { last } = this.pointer;
    const { error } = await this.processes.run<unknown>(name, (gate) => run(this.#connect(gate).bucket));
    if (name === 'retry' && last !== null && !(error instanceof DeliveryError)) this.#triedAgain.add(last);
  }

  /** Somebody changes their mind about what was declined. @param which of it; all of it by default */
  async reconsider(which?: number): Promise<void> {
    const remembered = this.pointer.carried.flatMap(({ path, declined }) => (declined ? [{ path, ...declined }] : []));
    const meant = which === undefined ? remembered : remembered.slice(which, which + 1);
    for (const { path, delivery } of meant) await this.decide({ delivery, unit: path, decision: 'reconsider' });
  }

  /** Somebody brings everything back that could not be delivered, as often as it takes; what is no change set is given up. */
  async replayDeadLetters(): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const { value } = await this.processes.run('replay --from-dead-letters', async (gate) => {
        const context = { ...this.#connect(gate), config: this.#config, directory: '.', now: this.now };
        return replayDeadLetters(await deadLetters(context.bucket), context);
      });
      for (const { replays } of this.#changeSets()) if (replays) this.#broughtBack.add(Number(replays));
      const given = value?.left.map(({ id }) => id).filter((id) => !/^\d{10}$/.test(id)) ?? [];
      await this.processes.run('skip --dead-letters', async (gate) => {
        const context = this.#connect(gate);
        const letters = (await deadLetters(context.bucket)).filter(({ id }) => given.includes(id));
        await giveUpDeadLetters(letters, context);
      });
      if (this.aws.queues.dead.length === 0 && this.#keysOf('dead-letters/').length === 0) return;
      this.wait(3 * minute);
      await this.poll();
    }
  }

  /** What a skipped delivery has left open is delivered with the next commit. */
  async makeGood(): Promise<void> {
    if (this.pointer.carried.length === 0) return;
    await this.push({});
    await this.settle();
  }

  /** Lets everything go on until nothing is left to do. */
  async settle(): Promise<void> {
    for (let looks = 0; looks < 80; looks++) {
      this.wait(minute);
      await this.poll();
      for (let steps = 0; steps < 50 && this.running.length > 0; steps++) await this.goOn();
      await this.operate();
      if (this.#atRest) return;
    }
    throw new Error(`the pipeline does not come to rest: ${JSON.stringify(this.pointer)}`);
  }

  /** The next step of whatever runs; when nothing can go on, the approver is asked. */
  async goOn(): Promise<void> {
    const steps = this.running.flatMap((execution) => execution.steps().slice(0, 1));
    for (const step of steps) await step.take();
    if (steps.length > 0) return;
    this.checkNothingAskedIsLost();
    await this.approve();
  }

  #keysOf(folder: string): string[] {
    return [...this.aws.bucket.objects.keys()].filter((key) => key.startsWith(folder));
  }

  #changeSets(): ChangeSet[] {
    return this.#keysOf('change-sets/').map((key) => changeSetSchema.parse(this.#document(key)));
  }

  /** The last number that was taken. */
  get #pushed(): number {
    return Math.max(this.#enqueued?.sequence ?? 0, ...this.#changeSets().map(({ sequence }) => sequence));
  }

  #isEnqueued(head: string): boolean {
    return this.#enqueued?.head === head || this.#changeSets().some((changeSet) => changeSet.head === head);
  }

  get #enqueued() {
    return enqueuedSchema.nullable().parse(this.#document(bucketKeys.enqueued));
  }

  #document(key: string): unknown {
    return JSON.parse(this.aws.bucket.text(key) ?? 'null');
  }

  get #atRest(): boolean {
    const { running, halted, sequence } = this.pointer;
    return running === null && halted === null && sequence === this.#pushed && this.aws.queues.waiting.length === 0;
  }

  /** Every push was delivered, once and in order, and everything is as the last one says. */
  check(): void {
    const { executions, aws, world } = this;
    const changeSets = this.#changeSets().sort((one, other) => one.sequence - other.sequence);
    const begun = new Set(executions.map(({ delivery }) => delivery.sequence));
    const missing = changeSets.filter(({ sequence }) => !begun.has(sequence) && !this.#broughtBack.has(sequence));
    assert.deepEqual(missing, [], 'every change set is delivered');
    for (const { name, definition } of aws.machine.executions)
      assert.equal(
        definition,
        aws.bucket.text(bucketKeys.definition(name)),
        `${name} runs the definition that is kept`,
      );
    assert.deepEqual(world.forgotten, [], 'nothing is forgotten');
    assert.deepEqual(world.dangling, [], 'nothing that is applied reads what is not there');
    assert.deepEqual(aws.queues.dead, [], 'nothing is a dead letter');
    assert.deepEqual(this.pointer.carried, [], 'nothing is left open');
    this.#checkRecords();
    this.#checkAnswers();
    this.#checkDeeds();
  }

  /** What a task was answered is kept with its request. */
  #checkAnswers(): void {
    const answers = new Map([...this.aws.machine.answers].map(([token, answer]) => [hashOf(token), answer]));
    for (const key of this.#keysOf('requests/')) {
      const kept = z.union([unitRequestSchema, rollbackRequestSchema]).parse(this.#document(key));
      const answer = answers.get(kept.token);
      if (answer && 'output' in answer) assert.deepEqual(kept.answer, answer.output, `the answer to ${key} is kept`);
    }
  }

  /** What must hold at any moment. */
  checkAlways(): void {
    const { sequence, running, halted } = this.pointer;
    assert.ok(this.running.length <= 1, 'one delivery runs at a time');
    assert.ok(halted === null || halted.reason !== '', 'a halted delivery has a reason');
    const begun = new Set(this.executions.map(({ delivery }) => delivery.sequence));
    const letters = new Set(this.#keysOf('dead-letters/').map((key) => Number.parseInt(key.slice(13), 10)));
    for (const { sequence: number } of this.#changeSets()) {
      const isIntended = number === sequence && running?.phase === 'intended';
      const isDone = begun.has(number) || letters.has(number) || this.#broughtBack.has(number);
      assert.ok(number > sequence || isIntended || isDone, `number ${number} waits, or is delivered, or put aside`);
    }
    this.checkNothingAskedIsLost();
  }

  /** A task that waits for somebody can be answered: its request is kept. */
  checkNothingAskedIsLost(): void {
    for (const { delivery, asked } of this.running)
      for (const [unit, token] of asked)
        assert.ok(this.#isAsked(delivery.id, unit, token), `the question about ${unit || 'the rollback'} is kept`);
  }

  #checkRecords(): void {
    const { units } = appliedSchema.parse(this.#document(bucketKeys.applied));
    for (const path of Object.keys(this.#script.dependencies))
      assert.ok(this.world.isRecorded(path, units[path]), `what is applied of ${path} is written down`);
  }

  #checkDeeds(): void {
    const deeds = this.executions.flatMap((execution) => execution.deeds);
    assert.equal(new Set(deeds.map(({ plan }) => plan)).size, deeds.length, 'no plan is applied twice');
    for (const { delivery, unit } of deeds) {
      const approved = this.#script.byRule?.includes(unit) || this.#approved.has(`${delivery} ${unit}`);
      assert.ok(approved, `${unit} was approved in ${delivery} before it was applied`);
    }
  }

  /** Executions that have started since the last look, and a delivery that is halted now. */
  #meet(): void {
    const { halted } = this.pointer;
    if (halted) this.#halted.add(halted.delivery);
    for (const execution of this.aws.machine.executions.slice(this.executions.length)) {
      const delivery = this.#described(execution);
      const last = this.executions.at(-1);
      assert.ok(!last?.running, `${delivery.id} starts after ${last?.delivery.id} has ended`);
      if (last) assert.ok(isAfter(delivery, last.delivery), `${delivery.id} comes after ${last.delivery.id}`);
      if (last) this.#checkNext(delivery, last);
      this.executions.push(new LiveExecution(delivery, execution, this.#surroundings()));
    }
  }

  #checkNext(delivery: Delivery, { delivery: last, succeeded }: LiveExecution): void {
    const again = delivery.sequence === last.sequence;
    const request = rollbackRequestSchema.nullable().parse(this.#document(bucketKeys.rollbackRequest(last.id)));
    const retried = request?.answer?.result.rollback === 'retry';
    const meant = this.#halted.has(last.id) || this.#triedAgain.has(last.id) || retried;
    assert.ok(!again || meant, `${delivery.id} is a replay of what was halted, or another try that somebody wants`);
    if (!retried || !succeeded) return;
    assert.ok(again, `${last.id} is tried again before anything else is delivered`);
    const { outcomes } = deliveryOutcomesSchema.parse(this.#document(bucketKeys.outcomes(last.id)));
    const open = last.units.map(({ path }) => path).filter((path) => !endedWell(outcomes[path] ?? 'cancelled'));
    assert.deepEqual(
      delivery.units.map(({ path }) => path),
      open,
      `${delivery.id} has what did not end well`,
    );
  }

  #described({ name }: Execution): Delivery {
    return deliverySchema.parse(this.#document(bucketKeys.delivery(name)));
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
      nextGroup: (delivery: string, progress: Progress) =>
        this.#called('next-group', (gate) => nextGroup(delivery, progress, this.#connect(gate).bucket)),
      finish: (delivery: string, told: Told) =>
        this.#called('finish', (gate) =>
          finish(delivery, told, { bucket: this.#connect(gate).bucket, now: this.now, metric }),
        ),
      sync: (delivery: Delivery) => this.#bringBack(delivery),
    };
  }

  /** The build that brings git back, and the one that the webhook starts for what it has pushed. */
  async #bringBack({ id, branch }: Delivery): Promise<boolean> {
    const { value, error } = await this.processes.run('sync', (gate) =>
      bringBack({ delivery: id }, this.world.repository, {
        bucket: this.#connect(gate).bucket,
        config: this.#config,
        environment: {},
        output: () => {},
      }),
    );
    if (value?.commit && value.branch === branch) await this.build(value.commit);
    return error === undefined;
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

  async #called<T>(handler: string, work: (gate: Gate) => Promise<T>): Promise<T | Broken> {
    const { value, error } = await this.processes.run(handler, work);
    return value ?? (error instanceof CutOff ? 'died' : 'failed');
  }

  #isAsked(delivery: string, unit: string, token: string): boolean {
    const keys =
      unit === ''
        ? [bucketKeys.rollbackRequest(delivery)]
        : planners.map((about) => bucketKeys.request(delivery, unit, about));
    return keys.some((key) => {
      const text = this.aws.bucket.text(key);
      if (text === undefined) return false;
      const kept = (unit === '' ? rollbackRequestSchema : unitRequestSchema).parse(JSON.parse(text));
      return kept.token === hashOf(token) && this.aws.bucket.text(bucketKeys.token(delivery, kept.token)) === token;
    });
  }

  async #decideBack(delivery: Delivery, unit: string, token: string): Promise<void> {
    const answer = this.#script.fate?.(delivery, unit)?.rolledBack;
    if (answer === 'expired') this.aws.machine.giveUp(token);
    else await this.decide({ delivery: delivery.id, unit, decision: answer === 'kept' ? 'decline' : 'approve' });
  }

  #decisionOn(delivery: Delivery, unit: string) {
    const declined = this.#script.fate?.(delivery, unit)?.delivered === 'declined';
    const times = this.#answered.get(`${delivery.id} ${unit}`) ?? 0;
    this.#answered.set(`${delivery.id} ${unit}`, times + 1);
    const decision = declined ? 'decline' : (this.#script.answer?.(delivery, unit, times) ?? 'approve');
    return { delivery: delivery.id, unit, decision };
  }

  /** A selection that is refused leaves the question open: then nothing is rolled back. */
  async #chooseRollback(delivery: Delivery, token: string): Promise<void> {
    const { rollback = 'none' } = this.#script;
    const wish: RollbackWish = typeof rollback === 'function' ? rollback() : { rollback };
    const { modified } = rollbackRequestSchema.parse(this.#document(bucketKeys.rollbackRequest(delivery.id)));
    const units = modified.filter((_, index) => wish.listed?.[index % wish.listed.length]);
    const selective = wish.rollback === 'selective';
    const choose = (choice: object) => this.decide({ delivery: delivery.id, decision: 'decline', ...choice });
    if (wish.rollback === 'retry') await this.decide({ delivery: delivery.id, decision: 'retry' });
    else if (!selective) await choose({ rollback: wish.rollback });
    else if (units.length > 0) await choose({ rollback: 'selective', units });
    if (selective && this.aws.machine.waits(token)) await choose({ rollback: 'none' });
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

const log = () => {};
const metric = () => {};
/** A later change set, or the same again. */
function isAfter(delivery: Delivery, last: Delivery): boolean {
  if (delivery.sequence !== last.sequence) return delivery.sequence > last.sequence;
  return delivery.attempt === last.attempt + 1;
}
