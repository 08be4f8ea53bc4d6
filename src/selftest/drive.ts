/** Runs one case: from its commit to the end of its delivery, by the product's own enqueue, poll, decisions and replay. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../../statemachine/settings.ts';
import type { Bucket } from '../aws/bucket.ts';
import { toJson } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { replay } from '../delivery/halted.ts';
import { readPointer, startingPointer } from '../delivery/pointer.ts';
import { type PollContext, poll } from '../delivery/poll.ts';
import { type DeliveryStatus, deliveryStatus, hasEnded, type UnitStatus } from '../delivery/status.ts';
import type { StepFunctions } from '../delivery/step-functions.ts';
import { DecisionError, DeliveryError } from '../errors.ts';
import type { Decision } from '../model.ts';
import { enqueue } from '../queue/enqueue.ts';
import type { Queue } from '../queue/queue.ts';
import type { Case } from './cases.ts';
import { makeRepository, unitsOf } from './repository.ts';
import { rolesTried, settingsOf } from './settings.ts';
import { bucketOfWorld, folderOf, type World } from './world.ts';

/** The deployment that is tried. */
export interface Tried {
  bucket: Bucket;
  bucketName: string;
  config: Config;
  settings: Settings;
  stepFunctions: StepFunctions;
  give: (decision: Decision) => Promise<unknown>;
  /** Stops the execution of a delivery. */
  stopExecution: (execution: string) => Promise<void>;
  /** Stops the build that applies a unit of the delivery. */
  stopApply: (delivery: string) => Promise<void>;
  /** Starts an execution of `build`, and resolves when it has ended. */
  build: (input: object) => Promise<void>;
  /** @throws LiveCiError when the pipeline is not as it was when the self test began. */
  expectUntouched: () => Promise<void>;
  /** Gets what happens, in a few words. */
  tell: (name: string, what: string) => void;
  now: () => Date;
}

/** What came of a case. */
export interface Came {
  name: string;
  tries: string;
  expected: Case['ends'];
  /** Unit ▸ how it ended. */
  ends: Record<string, UnitStatus['state']>;
  /** What else is worth knowing, in a few words each. */
  notes: string[];
  /** Why it is not as expected; empty when it is. */
  problems: string[];
  seconds: number;
  /** The executions to look at, as their ARNs. */
  executions: string[];
}

const patienceMilliseconds = 40 * 60_000;
const pauseMilliseconds = 500;
/** From the moment that Terraform has the state's lock until it surely runs the unit's command. */
const beginMilliseconds = 3000;

/** The bucket is the truth of the queue. */
const emptyQueue: Queue = {
  send: async () => {},
  receive: async () => undefined,
  remove: async () => {},
  release: async () => {},
  bury: async () => {},
  count: async () => ({ waiting: 0, dead: 0 }),
};

/** Never throws, but when the pipeline was touched meanwhile: what goes wrong with a case is its problem. */
export async function drive(one: Case, world: World, tried: Tried): Promise<Came> {
  const began = performance.now();
  const environments = rolesTried(tried.config).length;
  const expected = one.eachEnvironment
    ? Object.fromEntries(Object.keys(unitsOf(one, environments)).map((path) => [path, 'applied' as const]))
    : one.ends;
  const driver = new Driver(one, world, tried);
  const came: Came = {
    name: one.name,
    tries: one.tries,
    expected,
    ends: {},
    notes: driver.notes,
    problems: [],
    seconds: 0,
    executions: driver.executions,
  };
  try {
    const ended = await driver.deliver(environments);
    came.ends = Object.fromEntries(ended.units.map(({ path, state }) => [path, state]));
    for (const { path, state, error } of ended.units)
      if (state !== expected[path])
        came.problems.push(`${path} is ${state} and not ${expected[path]}${error === null ? '' : `: ${error}`}`);
    if (ended.state !== 'ended') came.problems.push(`the delivery is ${ended.state}`);
    came.problems.push(...driver.problems);
  } catch (error) {
    await tried.expectUntouched();
    if (!(error instanceof Error)) throw error;
    came.problems.push(error.message);
  }
  came.seconds = (performance.now() - began) / 1000;
  tried.tell(one.name, came.problems.length === 0 ? 'as expected' : `NOT as expected: ${came.problems.join('; ')}`);
  return came;
}

class Driver {
  readonly notes: string[] = [];
  readonly problems: string[] = [];
  readonly executions: string[] = [];
  readonly #one: Case;
  readonly #world: World;
  readonly #tried: Tried;
  readonly #bucket: Bucket;
  readonly #given = new Set<string>();
  #disturbed = false;
  #said = '';

  constructor(one: Case, world: World, tried: Tried) {
    this.#one = one;
    this.#world = world;
    this.#tried = tried;
    this.#bucket = bucketOfWorld(world, tried.bucket);
  }

  async deliver(environments: number): Promise<DeliveryStatus> {
    const { bucketName, config: deployed, now, settings, stepFunctions } = this.#tried;
    const bucket = this.#bucket;
    const config = settingsOf(this.#world, deployed);
    await using repository = await makeRepository(this.#world, bucketName, environments);
    await bucket.write(bucketKeys.pointer, toJson(startingPointer), { ifNoneMatch: '*' });
    await enqueue(repository.directory, { head: repository.head }, { bucket, queue: emptyQueue, config, now });
    return await this.#follow({
      bucket,
      queue: emptyQueue,
      stepFunctions,
      config,
      settings: this.#one.compact ? { ...settings, inlineUnits: 0 } : settings,
      now,
      log: () => {},
      metric: () => {},
    });
  }

  async #follow(context: PollContext): Promise<DeliveryStatus> {
    const deadline = Date.now() + patienceMilliseconds;
    for (; Date.now() < deadline; await delay(pauseMilliseconds)) {
      await this.#tried.expectUntouched();
      await poll(context);
      const pointer = (await readPointer(this.#bucket)).value;
      const id = pointer.running?.delivery ?? pointer.halted?.delivery ?? pointer.last;
      if (id === null) throw new DeliveryError('its change set became no delivery; this is a fault of live-ci.');
      const { execution } = pointer.running ?? {};
      if (execution && !this.executions.includes(execution)) this.executions.push(execution);
      const status = await deliveryStatus(this.#bucket, id, pointer);
      this.#tell(status);
      if (status.state === 'halted' && this.#disturbed && this.#one.disturb === 'stop the delivery') {
        if (status.attempt > 1) return status;
        this.notes.push('halted, as it should be');
        await replay(this.#bucket, this.#tried.now);
      } else if (status.state === 'halted' || status.state === 'ended') {
        if (this.#one.disturb === 'apply late') await this.#applyLate(status);
        return status;
      } else await this.#act(status, execution ?? null);
    }
    throw new DeliveryError(`it did not end within ${patienceMilliseconds / 60_000} minutes; see its execution.`);
  }

  #tell({ units, state }: DeliveryStatus): void {
    const said = [...units.map((unit) => `${unit.path.split('/').at(-1)} ${unit.state}`), state].join(', ');
    if (said !== this.#said) this.#tried.tell(this.#one.name, said);
    this.#said = said;
  }

  async #act(status: DeliveryStatus, execution: string | null): Promise<void> {
    if (!this.#disturbed && (await this.#disturb(status, execution))) {
      this.#disturbed = true;
      return;
    }
    for (const decision of await this.#decisions(status)) {
      const key = JSON.stringify(decision);
      if (this.#given.has(key)) continue;
      // Only now that the plan is known which it names: nothing but a build of this self test can have made it.
      await this.#tried.expectUntouched();
      try {
        await this.#tried.give(decision);
        this.#given.add(key);
      } catch (error) {
        // It may have been answered meanwhile, or not be kept yet: the next look tells.
        if (!(error instanceof DecisionError)) throw error;
        this.#tried.tell(this.#one.name, error.message);
      }
    }
  }

  /** Whether it was the moment for it. */
  async #disturb(status: DeliveryStatus, execution: string | null): Promise<boolean> {
    const { disturb } = this.#one;
    const { delivery, units } = status;
    const waits = units.some(({ state }) => state === 'waiting-for-approval');
    const isQuiet = units.every(({ state }) => hasEnded(state) || state === 'waiting-for-approval');
    if (disturb === 'cancel' && waits && isQuiet && units.some(({ state }) => state === 'applied')) {
      await this.#tried.give({ delivery, decision: 'cancel' });
      return true;
    }
    if (disturb === 'stop the delivery' && waits && execution !== null) {
      await this.#tried.stopExecution(execution);
      return true;
    }
    const [unit] = units;
    if (disturb !== 'stop the apply' || unit?.state !== 'applying' || !(await this.#isLocked(unit.path))) return false;
    await delay(beginMilliseconds);
    await this.#tried.stopApply(delivery);
    return true;
  }

  async #decisions(status: DeliveryStatus): Promise<Decision[]> {
    const { declines, rollback = { rollback: 'none' } } = this.#one;
    const { delivery, units } = status;
    if (status.state === 'waiting-for-rollback-choice') {
      await this.#freeLocks(units);
      return [{ delivery, decision: 'decline', ...rollback }];
    }
    const asked = new Set(await this.#bucket.list(bucketKeys.requests(delivery)));
    const waiting = units.filter(
      ({ path, state, about }) =>
        state === 'waiting-for-approval' && asked.has(bucketKeys.request(delivery, path, about)),
    );
    return waiting.flatMap(({ path, plan, about }): Decision[] => {
      const named = { delivery, unit: path, ...(plan === null ? {} : { plan }) };
      if (about === 'rollback' || declines?.unit !== path) return [{ ...named, decision: 'approve' }];
      const { unit: _, ...answer } = declines;
      const othersEnded = units.every((unit) => unit.path === path || hasEnded(unit.state));
      return othersEnded ? [{ ...named, decision: 'decline', ...answer }] : [];
    });
  }

  #lock(path: string): string {
    return `${folderOf(this.#world)}${path}.tfstate.tflock`;
  }

  async #isLocked(path: string): Promise<boolean> {
    return (await this.#bucket.read(this.#lock(path))) !== undefined;
  }

  /** As somebody does it after a build has died: nothing else works on these states. */
  async #freeLocks(units: readonly UnitStatus[]): Promise<void> {
    for (const { path } of units) {
      if (!(await this.#isLocked(path))) continue;
      await this.#bucket.remove(this.#lock(path));
      this.notes.push(`the lock of ${path} was left behind`);
    }
  }

  async #applyLate({ delivery, head, units: [unit] }: DeliveryStatus): Promise<void> {
    // What went wrong before is told by how the unit ended.
    if (unit?.plan == null) return;
    const { path, plan } = unit;
    const of = { unit: path, delivery, commit: head, approved: 'apply', plan };
    await this.#tried.build({ action: 'apply', ...of });
    const isApplied = (await this.#bucket.read(`${folderOf(this.#world)}${path}.tfstate`)) !== undefined;
    if (isApplied) this.problems.push(`${path} was applied after its delivery had ended`);
    else this.notes.push('the late apply did nothing');
  }
}
