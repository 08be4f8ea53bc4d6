import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configSchema } from '../../../src/config/schema.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { checkoutsOf } from '../../../src/runner/checkout.ts';
import { type RunAction, type RunContext, run } from '../../../src/runner/run.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { describeWithTool, environmentWithTools } from '../../support/tools.ts';

/** A root module with one resource, its value as an output, and its state beside the repository. */
const module = (live: LiveRepository, state: string, value: string) => `
terraform {
  backend "local" {
    path = "${join(live.states, state)}.tfstate"
  }
}
resource "terraform_data" "this" {
  input = "${value}"
}
output "value" {
  value = terraform_data.this.output
}
`;

async function outputOf(live: LiveRepository, state: string): Promise<unknown> {
  const text = await readFile(join(live.states, `${state}.tfstate`), 'utf8');
  return JSON.parse(text).outputs.value?.value;
}

/** Runs actions for one unit against one bucket, keeping what was said. */
function bench(live: LiveRepository, changes: Partial<RunContext> = {}) {
  const bucket = new MemoryBucket();
  const said: string[] = [];
  const context: RunContext = {
    bucket,
    checkouts: checkoutsOf(live.url),
    environment: environmentWithTools(),
    config: configSchema.parse({}),
    output: (text) => said.push(text),
    ...changes,
  };
  const runUnit = (action: RunAction, delivery: string, unit: string, plan?: string | null) =>
    run(action, { delivery, unit, ...(plan ? { plan } : {}) }, context);
  return {
    bucket,
    said: () => said.join(''),
    run: runUnit,
    /** Plans, and applies that plan. */
    async deliver(delivery: string, unit: string) {
      const planned = await runUnit('plan', delivery, unit);
      return runUnit('apply', delivery, unit, planned.plan);
    },
  };
}

describeWithTool('terraform', 'a run with Terraform', () => {
  test('a new unit is planned, and its plan, log and result are kept', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'prod/app/main.tf': module(live, 'app', 'one') });
    const { bucket, run, said } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'prod/app' }]));

    const result = await run('plan', id, 'prod/app');

    expect(result).toMatchObject({
      outcome: 'planned',
      counts: { add: 1, change: 0, destroy: 0 },
      outputsChanged: ['value'],
      existed: false,
      commit: head,
      error: null,
    });
    const plan = result.plan ?? '';
    expect(bucket.text(bucketKeys.planText(id, 'prod/app', plan))).toContain('terraform_data.this will be created');
    expect(JSON.parse(bucket.text(bucketKeys.planJson(id, 'prod/app', plan)) ?? '')).toHaveProperty('format_version');
    expect(bucket.objects.has(bucketKeys.planFile(id, 'prod/app', plan))).toBe(true);
    expect(JSON.parse(bucket.text(bucketKeys.result(id, 'prod/app', 'plan')) ?? '')).toEqual(result);
    expect(bucket.text(bucketKeys.log(id, 'prod/app', 'plan'))).toBe(said());
    expect(said()).toContain('Plan: 1 to add');
  });

  test('the plan that was approved is applied, and a second plan finds no changes', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    const planned = await run('plan', id, 'app');
    const applied = await run('apply', id, 'app', planned.plan);
    expect(applied).toMatchObject({ outcome: 'applied', plan: planned.plan, counts: { add: 1 }, error: null });
    expect(await outputOf(live, 'app')).toBe('one');

    expect(await run('plan', id, 'app')).toMatchObject({ outcome: 'unchanged', outputsChanged: [], existed: true });
  });

  test('a build that is started twice for one plan answers with what the first one did', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const planned = await run('plan', id, 'app');

    const first = await run('apply', id, 'app', planned.plan);
    expect(await run('apply', id, 'app', planned.plan)).toEqual(first);
  });

  test('a stale plan is refused, never planned again', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const { bucket, run, deliver } = bench(live);
    const first = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const second = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }], { id: `${head.slice(0, 12)}-2` }));
    const stale = await run('plan', first.id, 'app');
    await deliver(second.id, 'app');

    const result = await run('apply', first.id, 'app', stale.plan);

    expect(result.outcome).toBe('failed');
    expect(result.error).toMatch(/refused the plan.*state changed.*replan/);
  });

  test('a plan file that is not the approved one is not applied', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const planned = await run('plan', id, 'app');
    await bucket.write(bucketKeys.planFile(id, 'app', planned.plan ?? ''), 'another plan');

    const result = await run('apply', id, 'app', planned.plan);

    expect(result.outcome).toBe('failed');
    expect(result.error).toMatch(/not the one that was approved/);
    await expect(outputOf(live, 'app')).rejects.toThrow('ENOENT');
  });

  test('a rollback applies the code of the last applied commit', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver } = bench(live);
    const base = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const first = await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]));
    await deliver(first.id, 'app');
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'two') });
    const second = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', base }], { base }));
    await deliver(second.id, 'app');
    expect(await outputOf(live, 'app')).toBe('two');

    const result = await run('rollback', second.id, 'app');

    expect(result).toMatchObject({ outcome: 'rolled-back', commit: base, error: null });
    expect(bucket.objects.has(bucketKeys.planFile(second.id, 'app', result.plan ?? ''))).toBe(true);
    expect(await outputOf(live, 'app')).toBe('one');
  });
});
