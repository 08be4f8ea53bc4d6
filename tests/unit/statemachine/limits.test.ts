import { parse } from 'yaml';
import type { DeliveryUnit } from '../../../src/model.ts';
import type { Machine, Task } from '../../../statemachine/asl.ts';
import { choosePipeline } from '../../../statemachine/choose-pipeline.ts';
import { quotas, sizeOf } from '../../../statemachine/limits.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { settings } from '../../support/definition.ts';
import { deliveryOf } from '../../support/delivery.ts';

const head = 'c'.repeat(40);
const path = (index: number) => `production/services/unit-${String(index).padStart(5, '0')}`;

/** Units of which each comes after two others, with paths of 30 characters. */
function largeDelivery(count: number, facts: (index: number) => Partial<DeliveryUnit> = () => ({})) {
  const units = Array.from({ length: count }, (_, index) => ({
    path: path(index),
    after: [...new Set([Math.floor(index / 2), Math.floor(index / 3)])].filter((other) => other < index).map(path),
    base: head,
    ...facts(index),
  }));
  return deliveryOf(head, units);
}

const known = (index: number) => ({ seconds: 30 + ((index * 7919) % 600) });

/** The part of a definition that delivers, without the rollback. */
function forward(machine: Machine): Machine {
  const states = Object.entries(machine.States).filter(([name]) => name !== 'Roll back');
  return { ...machine, States: Object.fromEntries(states) };
}

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test.each([
  ['unknown', () => ({})],
  ['known', known],
])('delivering a unit takes at most 2.5 kB of a definition of 600 (durations %s)', (_, facts) => {
  expect(bytes(forward(buildPipeline(largeDelivery(600, facts), settings))) / 600).toBeLessThanOrEqual(2500);
});

test.each([
  ['unknown', () => ({})],
  ['known', known],
])(
  'delivering 280 units, and rolling them back, takes neither too many events nor too much data (durations %s)',
  (_, facts) => {
    const delivery = largeDelivery(280, facts);
    const { events, payload } = sizeOf(buildPipeline(delivery, settings), delivery);
    expect(events).toBeLessThanOrEqual(quotas.events);
    expect(payload).toBeLessThanOrEqual(quotas.payload);
  },
);

test.each([200, 240, 260, 300, 340, 600])(
  'the request that publishes the definition of %d units has at most 1 MB, with its header',
  (units) => {
    const { definition } = choosePipeline(largeDelivery(units, known), settings);
    const body = JSON.stringify({ definition: JSON.stringify(definition), type: 'STANDARD' });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1_000_000 - 8000);
  },
);

test('a delivery that Step Functions can run shows every unit', () => {
  const { form, size } = choosePipeline(largeDelivery(200, known), settings);
  expect(form).toBe('inline');
  expect(size.bytes).toBeLessThanOrEqual(quotas.bytes);
});

test('a unit that comes after many costs no more than one test for each', () => {
  const roots = Array.from({ length: 50 }, (_, index) => ({ path: `r${index}`, base: head }));
  const after = roots.map((root) => root.path);
  const size = (last: string[]) =>
    bytes(buildPipeline(deliveryOf(head, [...roots, { path: 'x', after: last, base: head }]), settings));
  expect(size(after) - size(['r0'])).toBeLessThan(50 * 150);
});

test('what a Parallel answers has brackets for each of its branches, and they count', () => {
  const paths = Array.from({ length: 50 }, (_, index) => `unit-${index}`);
  const payload = (after: (index: number) => string[]) => {
    const units = paths.map((path, index) => ({ path, after: after(index), base: head }));
    return sizeOf(buildPipeline(deliveryOf(head, units), settings), deliveryOf(head, units)).payload;
  };
  const inChain = payload((index) => paths.slice(Math.max(0, index - 1), index));
  const bracketsOfBranch = '{},'.length;
  expect(payload(() => []) - inChain).toBeGreaterThanOrEqual((paths.length - 1) * bracketsOfBranch);
});

describe('the events of an execution', () => {
  const states = (text: string) => parse(text) as Machine['States'];
  const task: Task = { Type: 'Task', Resource: 'r', Parameters: {}, Next: 'Done' };
  const events = (machine: Machine) => sizeOf(machine, deliveryOf(head, [])).events;

  test('are those of the longest way', () => {
    const machine = {
      StartAt: 'Which?',
      States: {
        ...states('Which?: { Type: Choice, Choices: [{ Variable: $.x, StringEquals: x, Next: Work }], Default: Done }'),
        Work: task,
        ...states('Done: { Type: Succeed }'),
      },
    };
    expect(events(machine)).toBe(2 + 2 + 6 + 2);
  });

  test('count every branch of a Parallel and every retry', () => {
    const branch = {
      StartAt: 'Work',
      States: {
        Work: {
          ...task,
          Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 }],
        },
        ...states('Done: { Type: Succeed }'),
      },
    };
    const machine: Machine = {
      StartAt: 'Both',
      States: {
        Both: { Type: 'Parallel', Parameters: {}, Branches: [branch, branch], Next: 'Over' },
        Over: { Type: 'Succeed' },
      },
    };
    expect(events(machine)).toBe(2 + 4 + 2 * (6 + 3 * 4 + 2) + 2);
  });

  test('are not counted where a state can be entered twice', () => {
    const machine = { StartAt: 'Work', States: { Work: { ...task, Next: 'Work' } } };
    expect(() => events(machine)).toThrow('Work can be entered twice');
  });
});
