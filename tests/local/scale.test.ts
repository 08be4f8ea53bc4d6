/** Sixty units with real Terraform on the local stack: in the inline form, with bounded builds, and in the compact form. */
import { jest } from '@jest/globals';
import { readExpected } from '../../src/aws/stored.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { DeliveryStatus } from '../../src/delivery/status.ts';
import { type RunResult, runResultSchema } from '../../src/model.ts';
import { endings, type LocalPipeline, startLocalPipeline, terraformUnit } from '../support/local-pipeline.ts';

jest.setTimeout(900_000);

const layers = 3;
const perLayer = 20;
const builds = 8;

let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startLocalPipeline({ more: `concurrency: ${builds}\ninlineUnits: ${layers * perLayer}\n` });
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const path = (layer: number, number: number) => `layer-${layer}/unit-${number}`;

/** Every unit reads the one below it. */
function units(value: string, count = layers * perLayer) {
  const code = Array.from({ length: count }, (_, index) => {
    const [layer, number] = [Math.floor(index / perLayer), index % perLayer];
    const reads = layer === 0 ? [] : [path(layer - 1, number)];
    return terraformUnit(pipeline.repository.states, path(layer, number), { value, reads });
  });
  return Object.assign({}, ...code);
}

async function resultsOf({ delivery, units }: DeliveryStatus): Promise<RunResult[]> {
  const keys = units.flatMap((unit) =>
    ['plan', 'apply'].map((action) => bucketKeys.result(delivery, unit.path, action)),
  );
  return Promise.all(keys.map((key) => readExpected(pipeline.bucket, key, runResultSchema)));
}

/** The most builds that ran at one moment. */
function mostAtOnce(results: RunResult[]): number {
  const moments = results.flatMap(({ startedAt, endedAt }) => [
    { at: Date.parse(startedAt), change: 1 },
    { at: Date.parse(endedAt), change: -1 },
  ]);
  // What ends at the very moment at which another begins has ended.
  moments.sort((a, b) => a.at - b.at || a.change - b.change);
  let [running, most] = [0, 0];
  for (const { change } of moments) {
    running += change;
    most = Math.max(most, running);
  }
  return most;
}

const applied = (count: number) => (status: DeliveryStatus) => {
  expect(Object.values(endings(status))).toEqual(Array.from({ length: count }, () => 'applied'));
};

test('60 units are delivered in the inline form, never with more builds at once than configured', async () => {
  const status = await pipeline.follow(await pipeline.repository.commit(units('one')));
  applied(60)(status);
  expect(mostAtOnce(await resultsOf(status))).toBeLessThanOrEqual(builds);
});

test('61 units, one more than fits the inline form here, are delivered in the compact form', async () => {
  const status = await pipeline.follow(await pipeline.repository.commit(units('two', 61)));
  applied(61)(status);
  expect(mostAtOnce(await resultsOf(status))).toBeLessThanOrEqual(builds);
  const groups = await pipeline.bucket.list(`deliveries/${status.delivery}/groups/`);
  expect(groups.filter((key) => /\/\d+\.json$/.test(key))).toHaveLength(4);
});
