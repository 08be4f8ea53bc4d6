/**
 * Ten units that read each other's states on the deployed local stack, while it goes on at random: pushes, approvals, declines, rollback choices,
 * killed Terraform, replays and skips. Then everything is answered with yes, and each state must say what git says.
 *
 * In CI it is one seed for half a minute. By hand: LIVE_CI_SEEDS=7,8,9 LIVE_CI_SECONDS=300 npm test local seeds
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { replay, skip } from '../../src/delivery/halted.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import { type DeliveryStatus, deliveryStatus } from '../../src/delivery/status.ts';
import { messageOf } from '../../src/errors.ts';
import { descendants } from '../../src/local/process-tree.ts';
import type { Decision, RollbackChoice } from '../../src/model.ts';
import { readEnqueued } from '../../src/queue/change-sets.ts';
import type { Files } from '../support/live-repository.ts';
import { approveAnd, type LocalPipeline, startLocalPipeline, terraformUnit } from '../support/local-pipeline.ts';
import { ofCommand } from '../support/processes-of-command.ts';

const seeds = (process.env.LIVE_CI_SEEDS ?? '3').split(',').map(Number);
const seconds = Number(process.env.LIVE_CI_SECONDS ?? 30);
const patienceSeconds = 420;

jest.setTimeout((seconds + patienceSeconds + 120) * 1000);

/** Unit ▸ the units that it reads, which come before it. */
const reads: Record<string, string[]> = {
  a: [],
  b: ['a'],
  c: ['a'],
  d: ['b', 'c'],
  e: ['c'],
  f: [],
  g: ['f', 'd'],
  h: ['e'],
  i: ['g'],
  j: ['f'],
};
const all = Object.keys(reads);

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (share: number) => next() < share,
    one: <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)] as Value,
  };
}

class History {
  readonly #pipeline: LocalPipeline;
  readonly #random: ReturnType<typeof random>;
  /** What happened, for whoever looks into a failure. */
  readonly happened: string[] = [];
  #count = 0;

  constructor(pipeline: LocalPipeline, seed: number) {
    this.#pipeline = pipeline;
    this.#random = random(seed);
  }

  /** Unit ▸ its value, as the branch has it. */
  async code(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const path of all) {
      const text = await this.#pipeline.repository.git('cat-file', 'blob', `main:${path}/main.tf`).catch(() => '');
      const [, value] = /join\("\+", \["([^"]*)"/.exec(text) ?? [];
      if (value !== undefined) found.set(path, value);
    }
    return found;
  }

  /** The branch is pushed with these units changed, unless something else was pushed at the same moment. */
  async push(units: readonly string[], gone: readonly string[] = []): Promise<void> {
    const value = `${++this.#count}`;
    const { repository } = this.#pipeline;
    const code: Files = Object.fromEntries(gone.map((path) => [path, null]));
    for (const path of units)
      Object.assign(code, terraformUnit(repository.states, path, { value, reads: reads[path] ?? [] }));
    const said = `push ${units.join(' ')}${gone.length > 0 ? ` without ${gone.join(' ')}` : ''}`;
    await repository.commit({ ...code, 'README.md': value }, said).then(
      () => this.happened.push(said),
      (error) => this.happened.push(`${said}: ${messageOf(error)}`),
    );
  }

  async #pushSome(): Promise<void> {
    const { chance, one } = this.#random;
    const here = await this.code();
    const ready = all.filter((path) => reads[path]?.every((read) => here.has(read)));
    const leaves = [...here.keys()].filter(
      (path) => !all.some((other) => here.has(other) && reads[other]?.includes(path)),
    );
    if (chance(0.25) && leaves.length > 0) return this.push([], [one(leaves)]);
    await this.push([...new Set([one(ready), one(ready)])]);
  }

  async status(): Promise<DeliveryStatus | undefined> {
    const pointer = (await readPointer(this.#pipeline.bucket)).value;
    const id = pointer.running?.delivery ?? pointer.halted?.delivery;
    return id === undefined ? undefined : deliveryStatus(this.#pipeline.bucket, id, pointer).catch(() => undefined);
  }

  async #give(decision: Decision): Promise<void> {
    const said = [decision.decision, decision.unit, decision.rollback].filter(Boolean).join(' ');
    await this.#pipeline.give(decision).then(
      () => this.happened.push(said),
      (error) => this.happened.push(`${said}: ${messageOf(error)}`),
    );
  }

  /** Something that may happen now. */
  async step(): Promise<void> {
    const { chance, one } = this.#random;
    if (chance(0.15)) await this.#pushSome();
    if (chance(0.1)) await this.#kill();
    const status = await this.status();
    if (status?.state === 'halted') await this.#operate(chance(0.7) ? 'replay' : 'skip');
    const rollback = one<RollbackChoice>(['none', 'current', 'dependencies', 'all']);
    if (status?.state === 'waiting-for-rollback-choice')
      await this.#give({ delivery: status.delivery, decision: 'decline', rollback });
    for (const { path, state } of status?.units ?? []) {
      if (state !== 'waiting-for-approval' || chance(0.3)) continue;
      const decline = { delivery: `${status?.delivery}`, unit: path, decision: 'decline' as const, rollback };
      await this.#give(chance(0.35) ? decline : { delivery: `${status?.delivery}`, unit: path, decision: 'approve' });
    }
  }

  /** Some Terraform that runs just now, if any does. */
  async #kill(): Promise<void> {
    const running = await ofCommand(/terraform(\.py)? (plan|apply)/, await descendants(process.pid));
    if (running.length === 0) return;
    try {
      process.kill(this.#random.one(running), 'SIGKILL');
      this.happened.push('kill');
    } catch {
      // it has ended by itself
    }
  }

  async #operate(what: 'replay' | 'skip'): Promise<void> {
    const { bucket } = this.#pipeline;
    await (what === 'replay' ? replay(bucket) : skip(bucket)).then(
      () => this.happened.push(what),
      () => {},
    );
    await this.#pipeline.poll();
  }

  /** Everything is answered with yes, until nothing is left to do. */
  async settle(): Promise<void> {
    for (const deadline = Date.now() + patienceSeconds * 1000; Date.now() < deadline; await delay(200)) {
      const { running, halted, sequence } = (await readPointer(this.#pipeline.bucket)).value;
      const enqueued = await readEnqueued(this.#pipeline.bucket);
      if (running === null && halted === null && sequence === (enqueued?.sequence ?? 0)) return;
      if (halted) await this.#operate('replay');
      const status = await this.status();
      if (status && status.state !== 'halted')
        for (const decision of approveAnd({ rollback: 'none' })(status)) await this.#give(decision);
    }
    throw new Error(`It does not come to rest after ${this.happened.join('; ')}`);
  }

  /** What every unit of the branch must have become: its value, and those of what it reads. */
  async expected(): Promise<Record<string, string>> {
    const code = await this.code();
    const whole = (path: string) => [path, ...(reads[path] ?? [])].map((one) => code.get(one)).join('+');
    return Object.fromEntries([...code.keys()].map((path) => [path, whole(path)]));
  }

  /** What the states say. */
  async applied(): Promise<Record<string, string>> {
    const states = await Promise.all(
      all.map(async (path) => {
        const text = await readFile(join(this.#pipeline.repository.states, `${path}.tfstate`), 'utf8').catch(
          () => '{}',
        );
        const { resources = [] } = JSON.parse(text || '{}');
        const thing = resources.find(({ type }: { type: string }) => type === 'terraform_data');
        const input = thing?.instances[0]?.attributes.input;
        return input === undefined ? [] : [[path, input.value ?? input] as const];
      }),
    );
    return Object.fromEntries(states.flat());
  }
}

test.each(seeds)(
  'whatever people and machines do, when all is answered with yes each state says what git says (seed %i)',
  async (seed) => {
    await using pipeline = await startLocalPipeline();
    const history = new History(pipeline, seed);
    await history.push(all);
    await history.settle();
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(500)) await history.step();
    await history.settle();
    // What is missing for what is there comes back, and what was left open is delivered once more.
    for (let rounds = 0; rounds < 3; rounds++) {
      const here = await history.code();
      const missing = all.filter(
        (path) => !here.has(path) && all.some((other) => here.has(other) && reads[other]?.includes(path)),
      );
      await history.push(missing);
      await history.settle();
      if ((await readPointer(pipeline.bucket)).value.carried.length === 0 && missing.length === 0) break;
    }
    process.stderr.write(`\nseed ${seed}: ${history.happened.join('; ')}\n`);
    expect({ carried: (await readPointer(pipeline.bucket)).value.carried, ...(await history.applied()) }).toEqual({
      carried: [],
      ...(await history.expected()),
    });
  },
);
