/**
 * What a delivery asks of AWS besides its builds' own requests, played: the real definition, polls and handlers, in memory. What
 * a unit adds is the difference between deliveries with more and with fewer units of its kind; what remains is the delivery's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import fc from 'fast-check';
import { parse } from 'yaml';
import { gaugesAfter } from '../../src/delivery/gauges.ts';
import type { DeliveryUnit } from '../../src/model.ts';
import { tellAfter } from '../../src/notifications/tell.ts';
import { quiet, type Story, type UnitStory } from '../support/arbitrary-delivery.ts';
import { commit } from '../support/change-set.ts';
import { deliveryOf } from '../support/delivery.ts';
import { now, PipelineStage } from '../support/pipeline-stage.ts';
import { type Deed, type Play, play } from '../support/play-delivery.ts';
import { type Bill, difference, emptyBill, Meter, sum, times } from './billed.ts';
import type { BuildBills } from './billed-builds.ts';

export interface DeliveryBills {
  /** What a unit adds, by how it ends. A unit that is rolled back was applied before, which is not in it. */
  unit: Record<'applied' | 'unchanged' | 'skipped' | 'rolled back', Bill>;
  /** The push, the polls and the ends of the execution. */
  delivery: Bill;
  /** A poll that finds nothing to do, and one that finds a delivery running. */
  poll: Record<'idle' | 'running', Bill>;
}

const story: Story = { units: [], rollback: 'all', throttled: 0, twice: false, sync: 'pushed' };
const [few, many] = [2, 6];

export async function billDeliveries(builds: BuildBills): Promise<DeliveryBills> {
  const unchanged: UnitStory = { ...quiet, plans: ['unchanged'] };
  const declined: UnitStory = { ...quiet, decisions: ['decline'] };
  const modified: Facts = { change: 'modified', base: commit('base') };
  const dependent: Facts = { change: 'dependent', base: commit('base'), after: ['first'], dependencies: ['first'] };
  const last = (count: number) => named(count).map(({ path }) => path);

  const applied = await added(named, modified, () => quiet, builds);
  const declining = (count: number) => [...named(count), { path: 'z', after: last(count), dependencies: last(count) }];
  const rolledBack = await added(declining, modified, (path) => (path === 'z' ? declined : quiet), builds);
  const skipping = (count: number) => [{ path: 'first', ...modified, after: [], dependencies: [] }, ...named(count)];
  const skipped = await added(skipping, dependent, (path) => (path === 'first' ? unchanged : quiet), builds);
  const polls = await billPolls();
  return {
    unit: {
      applied: applied.each,
      unchanged: (await added(named, modified, () => unchanged, builds)).each,
      skipped: skipped.each,
      'rolled back': difference(rolledBack.each, applied.each),
    },
    delivery: sum(applied.rest, billOf('enqueue', builds), polls.started, polls.ended),
    poll: { idle: polls.idle, running: polls.running },
  };
}

type Facts = Partial<Omit<DeliveryUnit, 'path'>>;

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `u${index}` }));

async function added(
  units: (count: number) => ({ path: string } & Facts)[],
  facts: Facts,
  told: (path: string) => UnitStory,
  builds: BuildBills,
): Promise<{ each: Bill; rest: Bill }> {
  const bill = (count: number) =>
    billPlay(
      units(count).map((unit) => ({ ...facts, ...unit })),
      told,
      builds,
    );
  const [small, large] = [await bill(few), await bill(many)];
  const each = difference(large, small, many - few);
  return { each, rest: difference(small, times(few, each)) };
}

async function billPlay(
  units: ({ path: string } & Facts)[],
  told: (path: string) => UnitStory,
  builds: BuildBills,
): Promise<Bill> {
  const meter = new Meter();
  let decisions = 0;
  const [scheduler] = fc.sample(fc.scheduler(), { numRuns: 1, seed: 1 });
  if (scheduler === undefined) throw new Error('There is no scheduler.');
  const delivery = deliveryOf(commit('head'), units);
  const whole = { ...story, units: delivery.units.map(({ path }) => told(path)) };
  const played = await play(delivery, whole, 'inline', scheduler, {
    bucket: (bucket) => meter.using(bucket),
    happened: (what) => {
      if (what === 'decision') decisions++;
      else meter.bill[what === 'lambda' ? 'lambdas' : 'transitions']++;
    },
  });
  if (played.surprises.length > 0) throw played.surprises[0];
  return sum(meter.bill, times(decisions, await billDecision()), ...buildsOf(played, builds));
}

function buildsOf({ deeds }: Play, builds: BuildBills): Bill[] {
  const isBuild = ({ what }: Deed) => ['plan', 'apply', 'plan-rollback', 'rollback'].includes(what);
  return deeds.filter(isBuild).map(({ what, result }) => billOf(`${what} ${result}`, builds));
}

function billOf(build: string, builds: BuildBills): Bill {
  const bill = builds.get(build);
  if (bill === undefined) throw new Error(`No build was counted that ends "${build}".`);
  return bill;
}

/** An approver's door, without what the handler asks of the bucket: that is counted where it is called. */
async function billDecision(): Promise<Bill> {
  const file = join(import.meta.dirname, '../../statemachine/decision.asl.yml');
  const machine = new StateMachine(parse(readFileSync(file, 'utf8')), { validationOptions: { noValidate: true } });
  const execution = machine.run(
    { delivery: 'd', unit: 'u', decision: 'decline', rollback: 'none' },
    {
      overrides: {
        taskResourceLocalHandlers: {
          Decide: async () => ({ Payload: { refused: false } }),
        },
      },
      context: { Execution: { Name: 'e' } },
    },
  );
  const bill = { ...emptyBill(), lambdas: 1 };
  for await (const { type } of execution.eventLogs) if (type === 'StateEntered') bill.transitions++;
  await execution.result;
  return bill;
}

const log = () => {};
const metric = () => {};

async function billPolls(): Promise<Record<'idle' | 'running' | 'started' | 'ended', Bill>> {
  const stage = new PipelineStage();
  const channels = [{ name: 'topic', approver: null, links: false, send: async () => {} }];
  const pace = { quietMinutes: 5, remindHours: 24 };
  const telling = { now, channels, links: async () => [], linkHours: 168, pace, service: 'live-ci', log, metric };
  let known: ReadonlySet<string> = new Set();
  const poll = async (expected: string) => {
    const meter = new Meter();
    const result = await stage.poll(meter);
    if (result !== expected) throw new Error(`The poll ended "${result}", not "${expected}".`);
    const bucket = meter.using(stage.bucket);
    await gaugesAfter(result, { bucket, now });
    known = await tellAfter(result, known, { bucket, ...telling });
    return { ...meter.bill, lambdas: 1 };
  };
  await stage.enqueue(1, { graph: { app: [] }, touched: { app: 'added' } });
  const started = await poll('started');
  const running = await poll('running');
  await stage.execute(stage.started[0] ?? '');
  const ended = await poll('idle');
  return { started, running, ended, idle: await poll('idle') };
}
