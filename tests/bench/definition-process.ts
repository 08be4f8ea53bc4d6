/**
 * One cold process of the benchmark: from a change set to the finished definition, as the poll does it. Says on standard output
 * how long each step took, and what came of it.
 */
import { configSchema } from '../../src/config/schema.ts';
import type { Applied } from '../../src/delivery/applied.ts';
import { prepareDelivery } from '../../src/delivery/prepare.ts';
import { type ChangeSet, unknownDurations } from '../../src/model.ts';
import { type Size, sizeOf } from '../../statemachine/limits.ts';
import type { Order } from '../../statemachine/nesting/unit-graph.ts';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import type { Settings } from '../../statemachine/settings.ts';
import { largeOrders } from './large-orders.ts';
import { logNormal, randomFrom } from './random.ts';

/** Milliseconds. */
interface Took {
  /** By the clock on the wall. */
  clock: number;
  /** Of a processor's time, however much else wants it. */
  processor: number;
}

export interface Built {
  units: number;
  prepare: Took;
  build: Took;
  /** The definition's text. */
  write: Took;
  /** Whether Step Functions can run it. */
  measure: Took;
  size: Size;
  /** Bytes of the definition's text. */
  bytes: number;
  /** Bytes of the states that roll back. */
  rollbackBytes: number;
}

const random = randomFrom(4);
const path = (unit: string) => `production/eu-central-1/services/${unit}`;
const head = 'c0ffee'.padEnd(40, '0');

function changeSetOf(order: Order): ChangeSet {
  const units = [...order].map(([unit, after]) => ({
    path: path(unit),
    tool: 'terragrunt' as const,
    dependencies: after.map(path).sort(),
  }));
  return {
    version: 1,
    repository: 'example-org/infrastructure-live',
    branch: 'main',
    base: head,
    head,
    sequence: 1,
    author: 'Example',
    authorEmails: ['author@example.org'],
    subject: 'a change',
    enqueuedAt: '2026-01-02T03:04:05Z',
    touched: units.map((unit) => ({ ...unit, change: 'modified', reasons: ['main.tf changed'], dependents: [] })),
    graph: units.map((unit) => ({ ...unit, fingerprint: head })),
  };
}

function appliedOf({ graph }: ChangeSet, known: boolean): Applied {
  const durations = () => ({ plan: 30 * logNormal(random, 0.8), apply: 60 * logNormal(random, 0.8) });
  const record = () => ({
    commit: head,
    fingerprint: head,
    half: null,
    durations: known ? durations() : unknownDurations,
  });
  return { version: 1, units: Object.fromEntries(graph.map((unit) => [unit.path, record()])) };
}

const name = (service: string, what: string) =>
  `arn:aws:${service}:eu-central-1:123456789012:${what.replace('*', 'live-ci-production')}`;
const settings: Settings = {
  build: name('states', 'stateMachine:*-build'),
  requestApproval: name('lambda', 'function:*-request-approval'),
  finish: name('lambda', 'function:*-finish'),
  inlineUnits: 1000,
  nextGroup: name('lambda', 'function:*-next-group'),
  bucket: 'live-ci-production-artifacts',
  unitsAtOnce: 300,
  approvalSeconds: 604_800,
};

const [shape, durations] = process.argv.slice(2) as [keyof typeof largeOrders, string];
const changeSet = changeSetOf(largeOrders[shape]());
const applied = appliedOf(changeSet, durations === 'known');
const config = configSchema.parse({});

const [delivery, prepare] = timed(() => prepareDelivery(changeSet, applied, [], config));
const [machine, build] = timed(() => buildPipeline(delivery, settings));
const [text, write] = timed(() => JSON.stringify(machine));
const [size, measure] = timed(() => sizeOf(machine, delivery));
const rollback = Object.entries(machine.States).filter(([name]) => name === 'Roll back');
const built: Built = {
  units: delivery.units.length,
  prepare,
  build,
  write,
  measure,
  size,
  bytes: Buffer.byteLength(text),
  rollbackBytes: Buffer.byteLength(JSON.stringify(Object.fromEntries(rollback))),
};
process.stdout.write(JSON.stringify(built));

function timed<T>(work: () => T): [T, Took] {
  const [clock, processor] = [performance.now(), process.threadCpuUsage()];
  const done = work();
  const { user, system } = process.threadCpuUsage(processor);
  return [done, { clock: performance.now() - clock, processor: (user + system) / 1000 }];
}
