/** What a build asks of S3, by how it ends: real Terraform, run as a build runs it, against a bucket that counts. */

import { configSchema } from '../../src/config/schema.ts';
import { toolPath } from '../../src/local/project.ts';
import type { RunResult } from '../../src/model.ts';
import { enqueue } from '../../src/queue/enqueue.ts';
import { checkoutsOf } from '../../src/repository/checkout.ts';
import { type RunAction, run } from '../../src/runner/run.ts';
import { deliveryOf, nowRuns, storeDelivery } from '../support/delivery.ts';
import { liveRepository } from '../support/live-repository.ts';
import { terraformUnit } from '../support/local-pipeline.ts';
import { MemoryBucket } from '../support/memory-bucket.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { noRole } from '../support/no-role.ts';
import { type Bill, Meter } from './billed.ts';

/** By the action and its outcome: "plan planned", "plan unchanged", "apply applied", "rollback rolled-back"; and "enqueue". */
export type BuildBills = Map<string, Bill>;

export async function billBuilds(): Promise<BuildBills> {
  await using live = await liveRepository();
  const unit = (value: string) => terraformUnit(live.states, 'app', { value });
  const bills: BuildBills = new Map();
  const memory = new MemoryBucket();
  const config = configSchema.parse({});
  const context = {
    config,
    checkouts: checkoutsOf(live.url),
    environment: { ...process.env, PATH: toolPath('own') },
    assumeRole: noRole,
    output: () => {},
  };

  async function build(action: RunAction, delivery: string, plan?: string | null): Promise<RunResult> {
    await nowRuns(memory, delivery);
    const meter = new Meter();
    const request = { delivery, unit: 'app', plan: plan ?? undefined };
    const result = await run(action, request, { ...context, bucket: meter.using(memory) });
    bills.set(`${action} ${result.outcome}`, { ...meter.bill, builds: 1 });
    return result;
  }

  const first = await live.commit(unit('one'));
  const { id } = await storeDelivery(memory, deliveryOf(first, [{ path: 'app' }]));
  await build('apply', id, (await build('plan', id)).plan);
  const second = await live.commit(unit('two'));
  const next = await storeDelivery(memory, deliveryOf(second, [{ path: 'app', base: first }], { sequence: 2 }));
  await build('apply', next.id, (await build('plan', next.id)).plan);
  await build('rollback', next.id, (await build('plan-rollback', next.id)).plan);
  const again = `${first.slice(0, 12)}-2`;
  await storeDelivery(memory, deliveryOf(first, [{ path: 'app' }], { id: again, sequence: 3 }));
  await build('plan', again);

  const meter = new Meter();
  const [bucket, queue] = [meter.using(new MemoryBucket()), meter.using(new MemoryQueue())];
  await enqueue(live.url, { head: second }, { bucket, queue, config, now: () => new Date() });
  bills.set('enqueue', { ...meter.bill, builds: 1 });
  return bills;
}
