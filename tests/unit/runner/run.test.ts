import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { DeliveryError, UsageError } from '../../../src/errors.ts';
import { deliverySettingsSchema } from '../../../src/model.ts';
import { deliveryOf, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { bench, outputOf } from '../../support/runner-bench.ts';
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

  test('what a plan warns of, and the checks that fail in it, are told with it, without what is secret', async () => {
    await using live = await liveRepository();
    const check = `
check "size" {
  assert {
    condition     = terraform_data.this.input == "large"
    error_message = "Too small for production, says wolpertinger."
  }
}
`;
    const head = await live.commit({
      'app/main.tf': module(live, 'app', 'one') + check,
      'app/terraform.tfvars': 'nosuch = 1',
    });
    const environment = { ...environmentWithTools(), API_TOKEN: 'wolpertinger' };
    const { bucket, run } = bench(live, { environment });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    const { plan, warnings } = await run('plan', id, 'app');

    expect(warnings).toEqual([
      'check.size fails: Too small for production, says ***.',
      expect.stringMatching(
        /^Value for undeclared variable: The root module does not declare a variable named "nosuch"/,
      ),
    ]);
    const text = bucket.text(bucketKeys.planText(id, 'app', plan ?? ''));
    expect(text?.match(/Too small for production/g)).toHaveLength(1);
    expect(text).toContain('Warning: Value for undeclared variable');
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

  test('an apply tells how long it and its plan took, a plan only of itself, and what is stale nothing', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    let asked = 0;
    const { bucket, run } = bench(live, { now: () => new Date(1500 * asked++) });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    const planned = await run('plan', id, 'app');
    expect(planned.durations).toEqual({ plan: 1.5, apply: null });
    expect((await run('apply', id, 'app', planned.plan)).durations).toEqual({ plan: 1.5, apply: 1.5 });
    await bucket.remove(bucketKeys.result(id, 'app', 'apply'));
    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({
      outcome: 'stale',
      durations: { plan: null, apply: null },
    });
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

  test('a stale plan is not applied, and the pipeline is told so', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const { bucket, run, deliver } = bench(live);
    const first = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const second = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }], { id: `${head.slice(0, 12)}-2` }));
    const stale = await run('plan', first.id, 'app');
    await deliver(second.id, 'app');

    const result = await run('apply', first.id, 'app', stale.plan);

    expect(result).toMatchObject({ outcome: 'stale', plan: stale.plan, error: null });
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
    const { bucket, deliver, rollBack } = bench(live);
    const base = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const first = await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]));
    await deliver(first.id, 'app');
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'two') });
    const second = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', base }], { base }));
    await deliver(second.id, 'app');
    expect(await outputOf(live, 'app')).toBe('two');

    const result = await rollBack(second.id, 'app');

    expect(result).toMatchObject({ outcome: 'rolled-back', commit: base, error: null });
    expect(bucket.objects.has(bucketKeys.planFile(second.id, 'app', result.plan ?? '', 'rollback'))).toBe(true);
    expect(await outputOf(live, 'app')).toBe('one');
  });

  /** A delivered unit of `before`, and a second delivery of it that has applied `after`. */
  async function redelivered(live: LiveRepository, before: string, after: string, facts: Partial<UnitFacts> = {}) {
    const code = (rest: string) => `terraform {
  backend "local" {
    path = "${join(live.states, 'app')}.tfstate"
  }
}
${rest}`;
    const runs = bench(live);
    const base = await live.commit({ 'app/main.tf': code(before) });
    const first = await storeDelivery(runs.bucket, deliveryOf(base, [{ path: 'app' }]));
    expect(await runs.deliver(first.id, 'app')).toMatchObject({ outcome: 'applied' });
    const head = await live.commit({ 'app/main.tf': code(after) });
    const { id } = await storeDelivery(runs.bucket, deliveryOf(head, [{ path: 'app', base, ...facts }], { base }));
    expect(await runs.deliver(id, 'app')).toMatchObject({ outcome: 'applied' });
    return { ...runs, id };
  }

  test.each([
    [
      'imported a resource: its old code would destroy that',
      'resource "terraform_data" "one" {}\n',
      'resource "terraform_data" "one" {}\nresource "terraform_data" "legacy" {}\nimport {\n  to = terraform_data.legacy\n  id = "legacy-42"\n}\n',
      ['terraform_data.legacy is imported', 'destroys terraform_data.legacy'],
    ],
    [
      'forgot a resource: its old code would make another',
      'resource "terraform_data" "one" {}\nresource "terraform_data" "two" {}\n',
      'resource "terraform_data" "one" {}\nremoved {\n  from = terraform_data.two\n  lifecycle {\n    destroy = false\n  }\n}\n',
      ['terraform_data.two is forgotten', 'creates terraform_data.two'],
    ],
    [
      'replaced a resource: its old code would replace it again',
      'resource "terraform_data" "db" {\n  triggers_replace = 16\n}\n',
      'resource "terraform_data" "db" {\n  triggers_replace = 17\n}\n',
      ['replaces terraform_data.db'],
    ],
  ])('the rollback asks where the delivery %s', async (_, before, after, reasons) => {
    await using live = await liveRepository();
    const { run, id } = await redelivered(live, before, after);
    const planned = await run('plan-rollback', id, 'app');
    expect(planned).toMatchObject({ outcome: 'planned', error: null });
    for (const reason of reasons) expect(planned.asks?.join('\n')).toContain(reason);
  });

  const moved = (rest = '') => `resource "terraform_data" "new" {}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
${rest}`;
  const idOf = async (live: LiveRepository, name: string) => {
    const { resources } = JSON.parse(await readFile(join(live.states, 'app.tfstate'), 'utf8'));
    return resources.find((one: { name: string }) => one.name === name)?.instances[0].attributes.id;
  };

  test('a rollback moves back what the delivery moved, and asks nobody', async () => {
    await using live = await liveRepository();
    const { run, rollBack, id } = await redelivered(live, 'resource "terraform_data" "old" {}\n', moved());
    const before = await idOf(live, 'new');
    expect(await run('plan-rollback', id, 'app')).toMatchObject({ outcome: 'planned', asks: [], error: null });
    expect(await rollBack(id, 'app')).toMatchObject({ outcome: 'rolled-back' });
    expect([before, await idOf(live, 'old')]).toEqual([expect.any(String), before]);
  });

  test('a rollback asks where what the delivery moved can not be moved back', async () => {
    await using live = await liveRepository();
    const chained = 'moved {\n  from = terraform_data.oldest\n  to   = terraform_data.old\n}\n';
    const { run, id } = await redelivered(live, `resource "terraform_data" "old" {}\n${chained}`, moved(chained));
    const planned = await run('plan-rollback', id, 'app');
    expect(planned).toMatchObject({ outcome: 'planned', error: null });
    expect(planned.asks?.join('; ')).toContain('terraform_data.old has moved to terraform_data.new');
  });

  test('a rollback of a unit whose state is another one since destroys what the delivery made there, and no more', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver, rollBack } = bench(live);
    const base = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    await deliver((await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]))).id, 'app');
    const head = await live.commit({ 'app/main.tf': module(live, 'elsewhere', 'one') });
    const stateBefore = 'app.tfstate';
    const { id } = await storeDelivery(
      bucket,
      deliveryOf(head, [{ path: 'app', base, stateBefore, toolBefore: 'terragrunt' }], { base }),
    );
    await deliver(id, 'app');
    expect(await run('plan-rollback', id, 'app')).toMatchObject({ asks: [], counts: { destroy: 1 }, commit: head });
    expect(await rollBack(id, 'app')).toMatchObject({ outcome: 'rolled-back' });
    expect([await outputOf(live, 'app'), await outputOf(live, 'elsewhere')]).toEqual(['one', undefined]);
  });

  test('a rollback of a unit that was moved plans the code of the directory that it was in, and asks', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver, rollBack } = bench(live);
    const base = await live.commit({ 'old/main.tf': module(live, 'app', 'one') });
    await deliver((await storeDelivery(bucket, deliveryOf(base, [{ path: 'old' }]))).id, 'old');
    const head = await live.commit({ old: null, 'new/main.tf': module(live, 'app', 'two') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'new', movedFrom: 'old' }], { base }));
    await deliver(id, 'new');
    expect(await run('plan-rollback', id, 'new')).toMatchObject({ asks: [expect.stringContaining('of old before')] });
    expect(await rollBack(id, 'new')).toMatchObject({ outcome: 'rolled-back', error: null, commit: base });
    expect(await outputOf(live, 'app')).toBe('one');
  });

  test('a rollback that changes in place, and destroys what the delivery made, goes on by itself', async () => {
    await using live = await liveRepository();
    const one = (value: string) => `resource "terraform_data" "one" {\n  input = "${value}"\n}\n`;
    const { run, id } = await redelivered(live, one('a'), `${one('b')}resource "terraform_data" "two" {}\n`);
    const planned = await run('plan-rollback', id, 'app');
    expect(planned).toMatchObject({ outcome: 'planned', asks: [], counts: { add: 0, change: 1, destroy: 1 } });
    expect(await run('rollback', id, 'app', planned.plan)).toMatchObject({
      outcome: 'rolled-back',
      plan: planned.plan,
    });
    expect(await run('plan-rollback', id, 'app')).toMatchObject({ outcome: 'unchanged' });
  });

  test('a rollback applies no other plan than its own, and that one never twice', async () => {
    await using live = await liveRepository();
    const one = (value: string) => `resource "terraform_data" "one" {\n  input = "${value}"\n}\n`;
    const { run, bucket, id } = await redelivered(live, one('a'), one('b'));
    const forward = JSON.parse(bucket.text(bucketKeys.result(id, 'app', 'plan')) ?? '').plan;
    expect((await run('rollback', id, 'app', forward)).error).toContain('is not in the artifact bucket');
    const { plan } = await run('plan-rollback', id, 'app');
    const first = await run('rollback', id, 'app', plan);
    expect(await run('rollback', id, 'app', plan)).toEqual(first);
    expect((await run('rollback', id, 'app', forward)).error).toContain('is not in the artifact bucket');
  });

  test('a rollback uses the tool of the code that it goes back to', async () => {
    await using live = await liveRepository();
    const one = (value: string) => `resource "terraform_data" "one" {\n  input = "${value}"\n}\n`;
    const { bucket, rollBack, id } = await redelivered(live, one('a'), one('b'));
    const delivery = JSON.parse(bucket.text(bucketKeys.delivery(id)) ?? '');
    const units = [{ ...delivery.units[0], tool: 'terragrunt', toolBefore: 'terraform' }];
    await bucket.write(bucketKeys.delivery(id), JSON.stringify({ ...delivery, units }));
    expect(await rollBack(id, 'app')).toMatchObject({ outcome: 'rolled-back', error: null });
  });

  test('a rollback destroys a unit that is new', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const { bucket, deliver, rollBack } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    await deliver(id, 'app');

    const result = await rollBack(id, 'app');

    expect(result).toMatchObject({ outcome: 'rolled-back', commit: head, counts: { destroy: 1 } });
    expect(await outputOf(live, 'app')).toBeUndefined();
  });

  test('a rollback refuses to destroy what was there before, though no commit is recorded for it', async () => {
    await using live = await liveRepository();
    const { bucket, deliver, rollBack } = bench(live);
    const by = await live.commit({ 'app/main.tf': module(live, 'app', 'by hand') });
    const hand = await storeDelivery(bucket, deliveryOf(by, [{ path: 'app' }]));
    await deliver(hand.id, 'app');
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'two') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    await deliver(id, 'app');

    const result = await rollBack(id, 'app');

    expect(result.outcome).toBe('failed');
    expect(result.error).toMatch(/held resources before this delivery.*live-ci baseline/);
    expect(await outputOf(live, 'app')).toBe('two');
  });

  test('a rollback destroys what earlier attempts of a new unit left half applied, though it was there before this one', async () => {
    await using live = await liveRepository();
    const { bucket, deliver, rollBack } = bench(live);
    const head = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const before = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    await deliver(before.id, 'app');
    const second = await live.commit({ 'app/main.tf': module(live, 'app', 'two') });
    const { id } = await storeDelivery(bucket, deliveryOf(second, [{ path: 'app', ours: true }]));
    expect(await deliver(id, 'app')).toMatchObject({ outcome: 'applied', existed: true });

    expect(await rollBack(id, 'app')).toMatchObject({ outcome: 'rolled-back', counts: { destroy: 1 } });
    expect(await outputOf(live, 'app')).toBeUndefined();
  });

  test("a deleted unit is destroyed with the base commit's code, and a rollback applies it again", async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver, rollBack } = bench(live);
    const base = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const before = await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]));
    await deliver(before.id, 'app');
    const head = await live.commit({ app: null });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', base, deleted: true }]));

    const planned = await run('plan', id, 'app');
    expect(planned).toMatchObject({ outcome: 'planned', commit: base, counts: { destroy: 1 } });
    expect(await run('destroy', id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', action: 'destroy' });
    expect(await outputOf(live, 'app')).toBeUndefined();

    expect(await rollBack(id, 'app')).toMatchObject({ outcome: 'rolled-back', commit: base });
    expect(await outputOf(live, 'app')).toBe('one');
  });

  test('an apply that fails half way ends failed, and its rollback goes back to the base', async () => {
    await using live = await liveRepository();
    const { bucket, deliver, rollBack } = bench(live);
    const base = await live.commit({ 'app/main.tf': module(live, 'app', 'one') });
    const before = await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]));
    await deliver(before.id, 'app');
    const failing = `${module(live, 'app', 'two')}
resource "terraform_data" "broken" {
  depends_on = [terraform_data.this]
  provisioner "local-exec" {
    command = "echo no more disk; exit 3"
  }
}
`;
    const head = await live.commit({ 'app/main.tf': failing });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', base }]));

    const applied = await deliver(id, 'app');
    expect(applied).toMatchObject({ outcome: 'failed', plan: expect.any(String) }); // it may be half applied
    expect(applied.error).toMatch(/terraform apply failed: local-exec provisioner error/);
    expect(bucket.text(bucketKeys.log(id, 'app', 'apply'))).toContain('no more disk');

    expect(await rollBack(id, 'app')).toMatchObject({ outcome: 'rolled-back' });
    expect(await outputOf(live, 'app')).toBe('one');
  });

  test.each(['two words', "it's", 'say "x"', '$(touch oops)', '`id`', '-destroy', 'größe ☃', 'a;b&c', '.'])(
    'a unit in a directory named %j is planned and applied',
    async (path) => {
      await using live = await liveRepository();
      const head = await live.commit({ [join(path, 'main.tf')]: module(live, 'odd', 'one') });
      const { bucket, deliver } = bench(live);
      const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path }]));

      expect(await deliver(id, path)).toMatchObject({ outcome: 'applied', unit: path, error: null });
      expect(await outputOf(live, 'odd')).toBe('one');
    },
  );

  const local = (path: string, more = '') => `terraform {\n  backend "local" {\n    path = "${path}"\n${more}  }\n}\n`;
  const blue = { TF_WORKSPACE: 'blue' };

  test.each<[string, (states: string) => string, NodeJS.ProcessEnv]>([
    ['has no backend', () => '', {}],
    ['has a local backend inside its directory', () => local('x.tfstate'), {}],
    ['has a local backend behind a link into the checkout', () => local('linked/x.tfstate'), {}],
    ['has a workspace beside its code', (states) => local(`${states}/x.tfstate`), blue],
    ['has a folder of workspaces beside its code', (states) => local(`${states}/x`, 'workspace_dir = "w"\n'), blue],
    ['is told another state by flags', (states) => local(`${states}/x`), { TF_CLI_ARGS_apply: '-state-out=x.tfstate' }],
  ])('a unit that %s is not planned, because its state would be lost', async (_, backend, variables) => {
    await using live = await liveRepository();
    const head = await live.commit({
      'app/main.tf': `${backend(live.states)}resource "terraform_data" "this" {}\n`,
      'app/linked': { link: '../elsewhere' },
      'elsewhere/x': '',
    });
    const { bucket, run } = bench(live, { environment: { ...environmentWithTools(), ...variables } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    const result = await run('plan', id, 'app');

    expect(result).toMatchObject({ outcome: 'failed', plan: null });
    expect(result.error).toMatch(/app keeps its state inside its own directory.*configure a backend/);
  });

  test('a unit whose workspaces lie elsewhere is planned and applied', async () => {
    await using live = await liveRepository();
    const code = `${local(`${live.states}/x`, `workspace_dir = "${live.states}/w"\n`)}resource "terraform_data" "this" {}\n`;
    const head = await live.commit({ 'app/main.tf': code });
    const { bucket, deliver } = bench(live, { environment: { ...environmentWithTools(), ...blue } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    expect(await deliver(id, 'app')).toMatchObject({ outcome: 'applied', error: null });
  });

  test('code that does not parse ends failed, with its place', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': 'resource "terraform_data" {\n}\n' });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    expect((await run('plan', id, 'app')).error).toMatch(/terraform init failed: .*\(on main.tf line 1\)/);
  });

  test('a run that takes too long is stopped, and says after how many minutes', async () => {
    await using live = await liveRepository();
    const slow = `${module(live, 'app', 'one')}
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "exec sleep 1000"
  }
}
`;
    const head = await live.commit({ 'app/main.tf': slow });
    const { bucket, deliver, said } = bench(live);
    const settings = deliverySettingsSchema.parse({ timeouts: { applyMinutes: 0.03 } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }], { settings }));

    const result = await deliver(id, 'app');

    expect(result.outcome).toBe('failed');
    expect(result.error).toMatch(/^apply was stopped after 0.03 minutes.*applyMinutes/);
    expect(said()).toContain('Interrupt received');
  });

  test('a run whose build is cancelled stops', async () => {
    await using live = await liveRepository();
    const slow = 'data "external" "never" {\n}\n';
    const head = await live.commit({ 'app/main.tf': slow });
    const cancelled = AbortSignal.abort();
    const { bucket, run } = bench(live, { signal: cancelled });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    expect((await run('plan', id, 'app')).error).toMatch(/stopped before it ended, because its build was cancelled/);
  });

  test("the tools see the caller's environment without the product's own variables", async () => {
    await using live = await liveRepository();
    const nosy = `${module(live, 'app', 'one')}
resource "terraform_data" "nosy" {
  provisioner "local-exec" {
    command = "env"
  }
}
`;
    const head = await live.commit({ 'app/main.tf': nosy });
    const environment = { ...environmentWithTools(), LIVE_CI_GITHUB_TOKEN: 'secret', EXAMPLE: 'kept' };
    const { bucket, deliver, said } = bench(live, { environment });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    await deliver(id, 'app');

    expect(said()).toContain('EXAMPLE=kept');
    expect(said()).not.toContain('LIVE_CI_');
  });
});

describe('a run', () => {
  test('without its tool says which one to install', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': '' });
    const { bucket, run } = bench(live, { environment: { PATH: live.states } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', tool: 'opentofu' }]));

    const result = await run('plan', id, 'app');
    expect(result).toMatchObject({ outcome: 'failed', error: expect.stringMatching(/^tofu is not installed/) });
    expect(JSON.parse(bucket.text(bucketKeys.result(id, 'app', 'plan')) ?? '')).toEqual(result);
  });

  test.each([
    'ENOSPC: no space left on device, mkdir',
    "git clone failed: fatal: sha1 file 'index.lock' write error. Out of diskspace",
  ])('whose disk is full leaves a result that says so: %s', async (said) => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': '' });
    const { bucket, run } = bench(live, { checkouts: { at: () => Promise.reject(new Error(said)) } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    const result = await run('plan', id, 'app');
    expect(result).toMatchObject({ outcome: 'failed', plan: null });
    expect(result.error).toMatch(/^plan failed, because the disk of its build is full; give builds a larger one/);
    expect(JSON.parse(bucket.text(bucketKeys.result(id, 'app', 'plan')) ?? '')).toEqual(result);
  });

  test('of a commit that was pushed away says so', async () => {
    await using live = await liveRepository();
    await live.commit({ 'app/main.tf': '' });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf('e'.repeat(40), [{ path: 'app' }]));

    expect((await run('plan', id, 'app')).error).toMatch(/commit e{40} no longer exists/);
  });

  test('of a unit that its commit does not have says so', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': '' });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'gone' }]));

    expect((await run('plan', id, 'gone')).error).toMatch(/^gone is not a directory at commit/);
  });

  test('of a rollback without a plan, as an older version began it, changes nothing and says what to do', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': '' });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    await run('rollback', id, 'app');
    const kept = JSON.parse(bucket.text(bucketKeys.result(id, 'app', 'rollback')) ?? '');
    expect(kept).toMatchObject({ outcome: 'failed', plan: null });
    expect(kept.error).toMatch(
      /^app was not rolled back, and nothing of it was changed: live-ci was upgraded while \w+-1 ran.*run live-ci replay,/,
    );
  });

  test('is wrong use for a unit that the delivery does not have, and for an apply without a plan', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': '' });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));

    await expect(run('plan', id, 'other')).rejects.toThrow(UsageError);
    await expect(run('apply', id, 'app')).rejects.toThrow(/apply needs the plan's SHA-256/);
    await expect(run('plan', '0123456789ab-1', 'app')).rejects.toThrow(DeliveryError);
  });
});
