/**
 * Follows deliveries as anybody could who may read the artifact bucket: tells what happened since the last look, and hands
 * what waits for a decision to the approver.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type RollbackRequest,
  rollbackRequestSchema,
  type UnitRequest,
  unitRequestSchema,
} from '../../approval/request.ts';
import type { Bucket } from '../../aws/bucket.ts';
import { readExpected, readStored } from '../../aws/stored.ts';
import { bucketKeys, planners } from '../../delivery/bucket-keys.ts';
import { deliveryOutcomesSchema } from '../../delivery/endings.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { keysBelow } from '../../delivery/unit-facts.ts';
import { LiveCiError } from '../../errors.ts';
import {
  type Decision,
  type Delivery,
  deliverySchema,
  type Outcome,
  type RunResult,
  runActions,
  runResultSchema,
} from '../../model.ts';
import { planInShort } from '../../plan-in-short.ts';
import { beatMilliseconds } from '../saying.ts';

/** Gives a decision through the state machine `decision`, as the command line and the console do; what it did, as a sentence. */
export type GiveDecision = (decision: Decision, from: string) => Promise<string>;

export interface Approver {
  unit(request: UnitRequest, plan: RunResult, delivery: Delivery): Promise<void>;
  rollback(request: RollbackRequest, delivery: Delivery): Promise<void>;
}

export interface UnitRow {
  path: string;
  outcome: Outcome;
  /** Seconds; undefined for what was not done. */
  plan: number | undefined;
  apply: number | undefined;
  rollback: number | undefined;
  reason: string;
}

export interface Delivered {
  delivery: Delivery;
  rows: UnitRow[];
  seconds: number;
  /** The reason when the queue is halted by it. */
  halted: string | null;
  /** Whether what did not end well is tried again: the next attempt of the same commit follows by itself. */
  again: boolean;
}

const lookMilliseconds = 250;
const patienceMilliseconds = 180_000;

export class Follower {
  readonly #bucket: Bucket;
  readonly #approver: Approver;
  readonly #tell: (line: string) => void;
  /** Builds that have begun a log and left no result yet. */
  #underWay: string[] = [];

  constructor(bucket: Bucket, approver: Approver, tell: (line: string) => void) {
    this.#bucket = bucket;
    this.#approver = approver;
    this.#tell = tell;
  }

  /**
   * The delivery of the commit, from its start to the moment when the pipeline is free or halted.
   * @throws LiveCiError when nothing happens for three minutes.
   */
  async follow(commit: string): Promise<Delivered> {
    const started = Date.now();
    const delivery = await this.#begun(commit);
    const seen = new Map<string, RunResult>();
    const answered = new Set<string>();
    const patience = new Patience(`delivery ${delivery.id}`);
    while (!(await this.#isOver(delivery))) {
      const news = (await this.#tellResults(delivery, seen)) + (await this.#ask(delivery, seen, answered));
      if (patience.look(news > 0)) this.#tell(`… still at it: ${this.#underWay.join(', ') || 'the next step'}`);
      if (news === 0) await delay(lookMilliseconds);
    }
    await this.#tellResults(delivery, seen);
    const { outcomes, retry = false } = await readExpected(
      this.#bucket,
      bucketKeys.outcomes(delivery.id),
      deliveryOutcomesSchema,
    );
    const pointer = (await readPointer(this.#bucket)).value;
    return {
      delivery,
      rows: delivery.units.map((unit) => row(unit.path, outcomes[unit.path] ?? 'cancelled', unit.reasons, seen)),
      seconds: (Date.now() - started) / 1000,
      halted: pointer.halted?.delivery === delivery.id ? pointer.halted.reason : null,
      again: retry,
    };
  }

  async #begun(commit: string): Promise<Delivery> {
    const patience = new Patience(`the delivery of ${commit.slice(0, 12)}`);
    for (;;) {
      const running = (await readPointer(this.#bucket)).value.running;
      if (running?.delivery.startsWith(commit.slice(0, 12))) {
        return readExpected(this.#bucket, bucketKeys.delivery(running.delivery), deliverySchema);
      }
      if (patience.look(false)) this.#tell('… waiting for the delivery to start');
      await delay(lookMilliseconds);
    }
  }

  async #isOver(delivery: Delivery): Promise<boolean> {
    return (await readPointer(this.#bucket)).value.running?.delivery !== delivery.id;
  }

  /** How many results are new. */
  async #tellResults(delivery: Delivery, seen: Map<string, RunResult>): Promise<number> {
    const keys = await keysBelow(bucketKeys.builds(delivery.id), this.#bucket);
    let news = 0;
    this.#underWay = [];
    for (const { path } of delivery.units) {
      for (const action of runActions) {
        if (
          keys.has(bucketKeys.log(delivery.id, path, action)) &&
          !keys.has(bucketKeys.result(delivery.id, path, action))
        )
          this.#underWay.push(`${action} ${path}`);
        const key = bucketKeys.result(delivery.id, path, action);
        if (!keys.has(key)) continue;
        const result = (await readStored(this.#bucket, key, runResultSchema))?.value;
        if (!result || seen.get(`${action} ${path}`)?.endedAt === result.endedAt) continue;
        seen.set(`${action} ${path}`, result);
        this.#tell(sentence(result));
        news++;
      }
    }
    return news;
  }

  /** How many requests were answered. */
  async #ask(delivery: Delivery, seen: Map<string, RunResult>, answered: Set<string>): Promise<number> {
    const keys = new Set(await this.#bucket.list(bucketKeys.requests(delivery.id)));
    let news = 0;
    for (const { path } of delivery.units)
      for (const about of planners) {
        const key = bucketKeys.request(delivery.id, path, about);
        if (!keys.has(key)) continue;
        const request = (await readStored(this.#bucket, key, unitRequestSchema))?.value;
        const plan = seen.get(`${about === 'plan' ? 'plan' : 'plan-rollback'} ${path}`);
        if (!request || request.answer || !plan || answered.has(request.token)) continue;
        answered.add(request.token);
        await this.#approver.unit(request, plan, delivery);
        news++;
      }
    if (keys.has(bucketKeys.rollbackRequest(delivery.id))) {
      const key = bucketKeys.rollbackRequest(delivery.id);
      const request = (await readStored(this.#bucket, key, rollbackRequestSchema))?.value;
      if (request && !request.answer && !answered.has(request.token)) {
        answered.add(request.token);
        await this.#approver.rollback(request, delivery);
        news++;
      }
    }
    return news;
  }
}

class Patience {
  readonly #what: string;
  #since = Date.now();
  #said = Date.now();

  constructor(what: string) {
    this.#what = what;
  }

  /** True when it is time to say that there is no news. */
  look(news: boolean): boolean {
    if (news) {
      this.#since = Date.now();
      this.#said = this.#since;
    }
    if (Date.now() - this.#since > patienceMilliseconds) {
      throw new LiveCiError(
        'local',
        `Nothing has happened in ${this.#what} for three minutes; see the emulator's log.`,
      );
    }
    if (Date.now() - this.#said < beatMilliseconds) return false;
    this.#said = Date.now();
    return true;
  }
}

const verbs: Record<RunResult['action'], string> = {
  plan: 'plan',
  apply: 'apply',
  destroy: 'destroy',
  'plan-rollback': 'plan back',
  rollback: 'roll back',
};

function sentence(result: RunResult): string {
  const took = `${secondsOf(result)?.toFixed(1)} s`;
  const verb = verbs[result.action];
  const what = {
    planned: planInShort(result),
    unchanged: 'no changes',
    applied: 'done',
    'rolled-back': 'done',
    stale: 'the approved plan no longer fits',
    cancelled: 'not begun',
    failed: `failed: ${result.error}`,
  }[result.outcome];
  return `${verb.padEnd(9)}  ${result.unit.padEnd(18)}  ${what}  (${took})`;
}

function secondsOf(result: RunResult | undefined): number | undefined {
  return result && (Date.parse(result.endedAt) - Date.parse(result.startedAt)) / 1000;
}

function row(
  path: string,
  outcome: Outcome,
  reasons: readonly string[],
  seen: ReadonlyMap<string, RunResult>,
): UnitRow {
  const took = (action: string) => secondsOf(seen.get(`${action} ${path}`));
  return {
    path,
    outcome,
    plan: took('plan'),
    apply: took('apply') ?? took('destroy'),
    rollback: took('rollback'),
    reason: reasons[0] ?? '',
  };
}
