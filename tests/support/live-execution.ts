/**
 * An execution of the pipeline, a step at a time: what its definition does with each unit, and what its builds leave in the
 * bucket. Which step is next, the test chooses. Handlers are called as Step Functions calls them: when one breaks, its task
 * has failed.
 */
import { hash } from 'node:crypto';
import type { Ask } from '../../src/approval/ask.ts';
import type { RollbackAnswer, UnitAnswer } from '../../src/approval/request.ts';
import type { Ending } from '../../src/delivery/applied.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { Told } from '../../src/delivery/endings.ts';
import type { Finished } from '../../src/delivery/finish.ts';
import type { GroupItem, NextGroup, Progress } from '../../src/delivery/next-group.ts';
import { rollbackOrder } from '../../src/delivery/rollback-order.ts';
import { withoutProspect } from '../../src/delivery/without-prospect.ts';
import {
  type Delivery,
  type DeliveryUnit,
  endedWell,
  noEffects,
  type Outcome,
  type RunResult,
  settingsIn,
  unknownDurations,
} from '../../src/model.ts';
import { unitKeys } from '../../statemachine/unit-keys.ts';
import type { Fate, LiveWorld } from './live-world.ts';
import type { MemoryBucket } from './memory-bucket.ts';
import type { Execution, MemoryStateMachine } from './memory-state-machine.ts';
import { recordsOf } from './pipeline-stage.ts';

/** The product, as an execution meets it. */
export interface Surroundings {
  world: LiveWorld;
  bucket: MemoryBucket;
  machine: MemoryStateMachine;
  now: () => Date;
  fate: (delivery: Delivery, path: string) => Fate;
  ask: (request: Ask) => Promise<boolean>;
  nextGroup: (delivery: string, progress: Progress) => Promise<NextGroup | Broken>;
  finish: (delivery: string, told: Told) => Promise<Finished | Broken>;
  /** The build that brings git back. */
  sync: (delivery: Delivery) => Promise<boolean>;
}

/** Lambda's own errors are tried again, what a function says is not: statemachine/tasks.ts. */
export type Broken = 'died' | 'failed';

/** A plan that waits for its approver, or is to be applied next. */
type Planned = { at: 'asked'; token: string; plan: string } | { at: 'approved'; plan: string };

type Standing = { at: 'waiting' } | Planned | { at: 'ended'; ending: Ending };

export interface Step {
  what: string;
  unit: string;
  take: () => Promise<void> | void;
}

/** An apply or a destroy, with the plan that was approved for it. */
export interface Deed {
  delivery: string;
  unit: string;
  plan: string;
}

type Phase =
  | { at: 'next group' }
  | { at: 'deliver'; group: readonly string[] }
  | { at: 'choose'; token: string }
  | { at: 'roll back'; open: string[] }
  | { at: 'record' }
  | { at: 'sync' }
  | { at: 'ended' };

/** Of a task that calls a function: statemachine/tasks.ts. */
const retries = 12;

/** Of the build that brings git back: statemachine/build.asl.yml. */
export const syncRetries = 4;

export class LiveExecution {
  readonly delivery: Delivery;
  readonly deeds: Deed[] = [];
  readonly #execution: Execution;
  readonly #around: Surroundings;
  readonly #units = new Map<string, Standing>();
  /** Plans of rollbacks. */
  readonly #back = new Map<string, Planned>();
  /** What the compact form knows of its way; undefined in the inline form. */
  #next: Pick<NextGroup, 'group' | 'turn' | 'outcomes'> | undefined;
  #phase: Phase;
  #count = 0;

  constructor(delivery: Delivery, execution: Execution, around: Surroundings) {
    this.delivery = delivery;
    this.#execution = execution;
    this.#around = around;
    const failed: Standing = { at: 'ended', ending: { outcome: 'failed', half: false } };
    for (const { path, error } of delivery.units)
      this.#units.set(path, error === undefined ? { at: 'waiting' } : failed);
    const isCompact = execution.definition.includes('"Next group"');
    this.#next = isCompact ? { group: 0, turn: null, outcomes: '' } : undefined;
    this.#phase = isCompact ? { at: 'next group' } : { at: 'deliver', group: [...this.#units.keys()] };
  }

  get running(): boolean {
    return this.#execution.status === 'RUNNING';
  }

  /** Everything that may happen next; empty while it waits for approvers, and when it has ended. */
  steps(): Step[] {
    if (!this.running) return [];
    switch (this.#phase.at) {
      case 'next group':
        return [this.#step('find the next group', () => this.#findGroup())];
      case 'deliver':
        return this.#deliveries(this.#phase.group);
      case 'choose':
        return this.#answerTo(this.#phase.token) === undefined ? [] : [this.#step('go on', () => this.#chosen())];
      case 'roll back':
        return this.#rollbacks(this.#phase.open);
      case 'record':
        return [this.#step('record', () => this.#record())];
      case 'sync':
        return [this.#step('sync', () => this.#sync())];
      case 'ended':
        return [];
    }
  }

  /** Tokens of the tasks that wait for somebody, by unit; that of the rollback choice under the empty name. */
  get asked(): Map<string, string> {
    const { machine } = this.#around;
    const units = [...this.#units, ...this.#back].flatMap(([path, standing]) =>
      standing.at === 'asked' && machine.waits(standing.token) ? [[path, standing.token] as const] : [],
    );
    const choice =
      this.#phase.at === 'choose' && machine.waits(this.#phase.token) ? [['', this.#phase.token] as const] : [];
    return this.running ? new Map([...units, ...choice]) : new Map();
  }

  /** Whether it rolls back what was chosen: then the plans of rollbacks are asked about, and nothing else. */
  get rollsBack(): boolean {
    return this.#phase.at === 'roll back';
  }

  get succeeded(): boolean {
    return this.#execution.status === 'SUCCEEDED';
  }

  /** Somebody stops it, or Step Functions does. @param inside while an apply or a rollback that was to begin next is under way */
  async stop(status: 'ABORTED' | 'TIMED_OUT', inside: boolean): Promise<void> {
    const next = (standings: ReadonlyMap<string, Standing>) =>
      this.delivery.units.find(({ path }) => inside && standings.get(path)?.at === 'approved');
    const [caught, back] = [next(this.#units), next(this.#back)];
    if (caught && !this.#cancelled) await this.#apply(caught, 'cut off');
    if (back) await this.#rollBack(back, 'cut off');
    for (const token of this.asked.values()) this.#around.machine.giveUp(token);
    this.#around.machine.end(this.#execution, status);
  }

  #step(what: string, take: Step['take'], unit = ''): Step {
    return { what, unit, take };
  }

  #deliveries(group: readonly string[]): Step[] {
    const units = this.delivery.units.filter(({ path }) => group.includes(path));
    const steps = units.flatMap((unit) => this.#stepOf(unit));
    if (steps.length > 0 || units.some(({ path }) => this.#ending(path) === undefined)) return steps;
    if (this.#next) return [this.#step('find the next group', () => this.#findGroup())];
    const ignored = withoutProspect(this.delivery.units);
    return units.every(({ path }) => ignored.has(path) || endedWell(this.#ending(path)?.outcome ?? 'cancelled'))
      ? [this.#step('record', () => this.#record())]
      : [this.#step('choose a rollback', () => this.#askForRollback())];
  }

  async #findGroup(): Promise<void> {
    const { group = 0, turn = null } = this.#next ?? {};
    const found = await this.#call(() => this.#around.nextGroup(this.delivery.id, { group, turn }));
    if (found === 'failed') return this.#close(false);
    this.#next = found;
    const items = found.items === null ? '[]' : (this.#around.bucket.text(found.items) ?? '');
    const units = (JSON.parse(items) as GroupItem[]).map(({ unit }) => unit);
    switch (found.step) {
      case 'deliver':
        this.#phase = { at: 'deliver', group: units };
        return;
      case 'roll-back':
        this.#phase = { at: 'roll back', open: units };
        return;
      case 'ask-rollback':
        return this.#askForRollback();
      case 'record':
        return this.#record();
    }
  }

  async #call<T>(call: () => Promise<T | Broken>): Promise<T | 'failed'> {
    for (let tries = 0; tries <= retries; tries++) {
      const answer = await call();
      if (answer !== 'died' && answer !== 'failed') return answer as T;
    }
    return 'failed';
  }

  #stepOf(unit: DeliveryUnit): Step[] {
    const standing = this.#units.get(unit.path) ?? { at: 'waiting' };
    const step = (what: string, take: Step['take']) => [this.#step(what, take, unit.path)];
    switch (standing.at) {
      case 'waiting': {
        if (this.#next) return step('plan', () => this.#plan(unit));
        const before = unit.after.map((path) => this.#ending(path));
        return before.includes(undefined) ? [] : step('plan', () => this.#beginInline(unit));
      }
      case 'asked':
        return this.#answerTo(standing.token) === undefined ? [] : step('go on', () => this.#goOn(unit, standing));
      case 'approved':
        return step('apply', () => this.#apply(unit, this.#fate(unit)));
      case 'ended':
        return [];
    }
  }

  async #beginInline(unit: DeliveryUnit): Promise<void> {
    const outcomes = unit.after.map((path) => this.#ending(path)?.outcome ?? 'cancelled');
    if (outcomes.some((outcome) => !endedWell(outcome))) return this.#end(unit, 'cancelled');
    if (unit.change === 'dependent' && !outcomes.includes('applied')) return this.#end(unit, 'skipped');
    await this.#plan(unit);
  }

  async #plan(unit: DeliveryUnit): Promise<void> {
    if (this.#cancelled) return this.#neverBegan(unit, 'plan');
    const { world } = this.#around;
    const plan = planName(this.delivery.id, unit.path, ++this.#count);
    if (!world.canBePlanned(unit, this.delivery)) {
      await this.#leave(unit, 'plan', 'failed', null);
      return this.#end(unit, 'failed');
    }
    const changes = world.changes(unit, this.delivery);
    await this.#leave(unit, 'plan', changes ? 'planned' : 'unchanged', plan);
    if (!changes) return this.#end(unit, 'unchanged');
    const counts = { add: 1, change: 0, destroy: 0 };
    const kept = await this.#ask(unit.path, (token) => {
      this.#units.set(unit.path, { at: 'asked', token, plan });
      return { ask: 'approval', delivery: this.delivery.id, token, unit: unit.path, plan: { plan, ...counts } };
    });
    if (!kept) this.#end(unit, 'failed');
  }

  /** A task that asks, tried again with another token when the function broke down. */
  async #ask(of: string, request: (token: string) => Ask): Promise<boolean> {
    for (let tries = 0; tries <= retries; tries++) {
      const token = this.#token(of);
      // The function may have broken down only after somebody had answered.
      if ((await this.#around.ask(request(token))) || !this.#around.machine.waits(token)) return true;
      this.#around.machine.giveUp(token);
    }
    return false;
  }

  async #goOn(unit: DeliveryUnit, { token, plan }: { token: string; plan: string }): Promise<void> {
    const answer = this.#answerTo(token);
    if (answer === 'given up') return this.#end(unit, 'declined');
    if (answer === undefined || 'error' in answer) return this.#end(unit, 'failed');
    const { result } = answer.output as UnitAnswer;
    switch (result.outcome) {
      case 'approved':
        if (result.plan !== plan) throw new Error(`${unit.path}: another plan than the approved one is applied`);
        this.#units.set(unit.path, { at: 'approved', plan });
        return;
      case 'replan':
        return this.#plan(unit);
      case 'declined':
      case 'cancelled':
        return this.#end(unit, result.outcome);
    }
  }

  async #apply(unit: DeliveryUnit, how: Fate['delivered'] | 'cut off'): Promise<void> {
    const standing = this.#units.get(unit.path);
    const plan = standing?.at === 'approved' ? standing.plan : '';
    const action = unit.deleted ? 'destroy' : 'apply';
    if (this.#cancelled) return this.#neverBegan(unit, action);
    this.deeds.push({ delivery: this.delivery.id, unit: unit.path, plan });
    const { bucket, world } = this.#around;
    await bucket.write(bucketKeys.log(this.delivery.id, unit.path, action), 'it began');
    if (how === 'failed') {
      // Refused before it changed anything: its result says so, the execution does not.
      await this.#leave(unit, action, 'failed', null);
      return this.#end(unit, 'failed', true);
    }
    const whole = how === 'applied';
    world.apply(unit, this.delivery, whole);
    if (how === 'cut off') return;
    await this.#leave(unit, action, whole ? 'applied' : 'failed', plan);
    this.#end(unit, whole ? 'applied' : 'failed', !whole);
  }

  /** Builds look for the marker before they begin. */
  get #cancelled(): boolean {
    return this.#around.bucket.text(bucketKeys.cancelled(this.delivery.id)) !== undefined;
  }

  async #neverBegan(unit: DeliveryUnit, action: RunResult['action']): Promise<void> {
    await this.#leave(unit, action, 'cancelled', null);
    this.#end(unit, 'cancelled');
  }

  async #askForRollback(): Promise<void> {
    await this.#ask('rollback', (token) => {
      this.#phase = { at: 'choose', token };
      return { ask: 'rollback', delivery: this.delivery.id, token, outcomes: this.#told };
    });
  }

  #chosen(): void {
    const answer = this.#phase.at === 'choose' ? this.#answerTo(this.#phase.token) : undefined;
    const output = typeof answer === 'object' && 'output' in answer ? (answer.output as RollbackAnswer) : undefined;
    const key = unitKeys(this.delivery);
    const paths = this.delivery.units.map(({ path }) => path);
    const open = paths.filter((path) => output?.result.chosen[key(path)] === true);
    this.#phase = this.#next ? { at: 'next group' } : { at: 'roll back', open };
  }

  #rollbacks(open: readonly string[]): Step[] {
    if (open.length === 0) return [this.#step('go on', () => (this.#next ? this.#findGroup() : this.#record()))];
    const { after } = rollbackOrder(this.delivery);
    return this.delivery.units
      .filter(({ path }) => open.includes(path) && !after.get(path)?.some((earlier) => open.includes(earlier)))
      .flatMap((unit) => this.#stepBackOf(unit));
  }

  #stepBackOf(unit: DeliveryUnit): Step[] {
    const back = this.#back.get(unit.path);
    const step = (what: string, take: Step['take']) => [this.#step(what, take, unit.path)];
    switch (back?.at) {
      case undefined:
        return step('plan rollback', () => this.#beginBack(unit));
      case 'asked':
        return this.#answerTo(back.token) === undefined ? [] : step('go on', () => this.#goOnBack(unit, back));
      case 'approved':
        return step('roll back', () => this.#rollBack(unit, this.#fate(unit, 'rolledBack')));
    }
  }

  async #beginBack(unit: DeliveryUnit): Promise<void> {
    const { after, heldBy } = rollbackOrder(this.delivery);
    if (after.get(unit.path)?.some((path) => this.#ending(path)?.outcome === 'rollback-failed'))
      return this.#endBack(unit, 'rollback-failed');
    if (heldBy.get(unit.path)?.some((path) => this.#ending(path)?.kept)) return this.#endBack(unit, 'kept');
    await this.#planBack(unit);
  }

  async #planBack(unit: DeliveryUnit): Promise<void> {
    const changes = this.#around.world.changesBack(unit);
    const plan = planName(this.delivery.id, unit.path, ++this.#count);
    const asks = changes && this.#asksBack(unit) ? ['it destroys what this delivery did not make'] : [];
    await this.#leave(unit, 'plan-rollback', changes ? 'planned' : 'unchanged', plan, asks);
    if (!changes) return this.#endBack(unit, 'rolled-back');
    if (asks.length === 0) {
      this.#back.set(unit.path, { at: 'approved', plan });
      return;
    }
    const about = { ask: 'approval', about: 'rollback', delivery: this.delivery.id, unit: unit.path } as const;
    const kept = await this.#ask(unit.path, (token) => {
      this.#back.set(unit.path, { at: 'asked', token, plan });
      return { ...about, token, plan: { plan, add: 1, change: 0, destroy: 0 } };
    });
    if (!kept) this.#endBack(unit, 'kept');
  }

  #asksBack(unit: DeliveryUnit): boolean {
    const { rollback } = settingsIn(this.delivery, unit);
    return (
      rollback === 'ask' ||
      (rollback === 'ask-on-destroy' && this.#around.fate(this.delivery, unit.path).doesMore === true)
    );
  }

  async #goOnBack(unit: DeliveryUnit, { token, plan }: { token: string; plan: string }): Promise<void> {
    const answer = this.#answerTo(token);
    // Nobody answered in time, or nobody could be asked.
    if (answer === undefined || answer === 'given up' || 'error' in answer) return this.#endBack(unit, 'kept');
    const { result } = answer.output as UnitAnswer;
    if (result.outcome === 'replan') return this.#planBack(unit);
    if (result.outcome !== 'approved') return this.#endBack(unit, 'kept');
    if (result.plan !== plan) throw new Error(`${unit.path}: another plan than the approved one is rolled back`);
    this.#back.set(unit.path, { at: 'approved', plan });
  }

  async #rollBack(unit: DeliveryUnit, how: Fate['rolledBack'] | 'cut off'): Promise<void> {
    const plan = this.#back.get(unit.path)?.plan ?? '';
    await this.#around.bucket.write(bucketKeys.log(this.delivery.id, unit.path, 'rollback'), 'it began');
    const whole = how !== 'rollback-failed' && how !== 'cut off';
    this.#around.world.rollBack(unit, this.delivery, whole);
    if (how === 'cut off') return;
    await this.#leave(unit, 'rollback', whole ? 'rolled-back' : 'failed', plan);
    this.#endBack(unit, whole ? 'rolled-back' : 'rollback-failed');
  }

  #endBack(unit: DeliveryUnit, how: 'rolled-back' | 'rollback-failed' | 'kept'): void {
    this.#back.delete(unit.path);
    if (this.#phase.at === 'roll back') this.#phase.open = this.#phase.open.filter((path) => path !== unit.path);
    const delivered = this.#ending(unit.path) ?? { outcome: 'cancelled', half: false };
    const ending: Ending = how === 'kept' ? { ...delivered, kept: true } : { outcome: how, half: false };
    this.#units.set(unit.path, { at: 'ended', ending });
  }

  async #record(): Promise<void> {
    this.#phase = { at: 'record' };
    const finished = await this.#call(() => this.#around.finish(this.delivery.id, this.#told));
    if (finished === 'failed') this.#close(false);
    else if (finished.sync) this.#phase = { at: 'sync' };
    else this.#close(!finished.halted);
  }

  async #sync(): Promise<void> {
    for (let tries = 0; tries <= syncRetries; tries++)
      if (await this.#around.sync(this.delivery)) return this.#close(true);
    this.#close(false);
  }

  #close(well: boolean): void {
    this.#phase = { at: 'ended' };
    this.#around.machine.end(this.#execution, well ? 'SUCCEEDED' : 'FAILED');
  }

  /** The data of the inline form; of the compact one, where its endings are kept. */
  get #told(): Told {
    if (this.#next) return this.#next.outcomes;
    const ended = [...this.#units.keys()].map((path) => {
      const { outcome, half } = this.#ending(path) ?? { outcome: 'cancelled' as const, half: false };
      return [path, half && outcome === 'failed' ? 'half applied' : outcome];
    });
    return recordsOf(this.delivery, Object.fromEntries(ended));
  }

  #fate(unit: DeliveryUnit): Fate['delivered'];
  #fate(unit: DeliveryUnit, of: 'rolledBack'): Fate['rolledBack'];
  #fate(unit: DeliveryUnit, of: 'delivered' | 'rolledBack' = 'delivered'): string {
    return this.#around.fate(this.delivery, unit.path)[of];
  }

  #token(of: string): string {
    const token = `token of ${of} in ${this.delivery.id}, ${++this.#count}`;
    this.#around.machine.wait(token);
    return token;
  }

  #answerTo(token: string) {
    const { machine } = this.#around;
    return machine.answers.get(token) ?? (machine.waits(token) ? undefined : 'given up');
  }

  #end(unit: DeliveryUnit, outcome: Outcome, half = false): void {
    this.#units.set(unit.path, { at: 'ended', ending: { outcome, half } });
  }

  #ending(path: string): Ending | undefined {
    const standing = this.#units.get(path);
    return standing?.at === 'ended' ? standing.ending : undefined;
  }

  async #leave(
    unit: DeliveryUnit,
    action: RunResult['action'],
    outcome: RunResult['outcome'],
    plan: string | null,
    asks: string[] = [],
  ): Promise<void> {
    const at = this.#around.now().toISOString();
    const result: RunResult = {
      action,
      unit: unit.path,
      outcome,
      plan,
      counts: { ...noEffects, add: 1 },
      destroys: [],
      outputsChanged: [],
      warnings: [],
      content: action === 'plan' ? this.#around.world.contentOf(unit, this.delivery) : null,
      existed: false,
      commit: this.delivery.head,
      startedAt: at,
      endedAt: at,
      durations: unknownDurations,
      error: outcome === 'failed' ? 'It failed.' : null,
      ...(asks.length > 0 ? { asks } : {}),
    };
    await this.#around.bucket.write(bucketKeys.result(this.delivery.id, unit.path, action), JSON.stringify(result));
  }
}

function planName(delivery: string, path: string, count: number): string {
  return hash('sha256', `${delivery} ${path} ${count}`);
}
