/** Commands of the configuration in place of a unit's own tool, with real Terraform in them. */
import { join } from 'node:path';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { type DeliverySettings, deliverySettingsSchema, noEffects } from '../../../src/model.ts';
import { deliveryOf, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { bench, outputOf } from '../../support/runner-bench.ts';
import { describeWithTool } from '../../support/tools.ts';

const code = (live: LiveRepository, value: string) => `
terraform {
  backend "local" {
    path = "${join(live.states, 'app')}.tfstate"
  }
}
variable "suffix" {
  default = ""
}
resource "terraform_data" "this" {
  input = "${value}\${var.suffix}"
}
output "value" {
  value = terraform_data.this.output
}
`;

const plan = `
if [ "$LIVE_CI_DESTROY" = true ]; then destroy=-destroy; fi
"$LIVE_CI_TOOL" plan -input=false -no-color $destroy -var suffix=" by command" -out="$LIVE_CI_PLAN_FILE"
`;
const apply = 'echo "$LIVE_CI_ACTION of $LIVE_CI_UNIT"; terraform apply -input=false -no-color "$LIVE_CI_PLAN_FILE"';
const by = (commands: Partial<DeliverySettings['elsewhere']['commands']>) =>
  deliverySettingsSchema.parse({ elsewhere: { commands } });

/** A delivery of the unit app at a new commit, whose code has this value. */
async function delivered(settings: DeliverySettings, value = 'one', facts: Partial<UnitFacts> = {}) {
  const live = await liveRepository();
  const before = await live.commit({ 'app/main.tf': code(live, 'before') });
  const head = await live.commit({ 'app/main.tf': facts.deleted ? null : code(live, value), other: value });
  const runs = bench(live);
  const unit = { path: 'app', ...facts, base: facts.base ? before : null };
  const { id } = await storeDelivery(runs.bucket, deliveryOf(head, [unit], { settings }));
  return { ...runs, live, id, [Symbol.asyncDispose]: () => live[Symbol.asyncDispose]() };
}

describeWithTool('terraform', 'a unit with commands', () => {
  test('is planned and applied by them, and shows the plan that they made', async () => {
    await using it = await delivered(by({ plan, apply }));

    const planned = await it.run('plan', it.id, 'app');
    expect(planned).toMatchObject({ outcome: 'planned', counts: { add: 1, change: 0, destroy: 0 }, error: null });
    expect(it.bucket.text(bucketKeys.planText(it.id, 'app', planned.plan ?? ''))).toContain('one by command');

    expect(await it.run('apply', it.id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(it.live, 'app')).toBe('one by command');
    expect(it.said()).toContain('apply of app');
    expect((await it.run('plan', it.id, 'app')).outcome).toBe('unchanged');
  });

  test('is rolled back by them: with the command for plans where there is none for rollbacks', async () => {
    await using it = await delivered(by({ plan, apply }), 'two', { base: 'before' });
    await it.deliver(it.id, 'app');

    expect(await it.rollBack(it.id, 'app')).toMatchObject({ outcome: 'rolled-back', error: null });
    expect(await outputOf(it.live, 'app')).toBe('before by command');
    expect(it.said()).toContain('rollback of app');
  });

  test('is rolled back by a command of its own', async () => {
    const rollback = 'terraform plan -input=false -var suffix=" again" -out="$LIVE_CI_PLAN_FILE"';
    await using it = await delivered(by({ plan, rollback }), 'two', { base: 'before' });
    await it.deliver(it.id, 'app');
    await it.rollBack(it.id, 'app');
    expect(await outputOf(it.live, 'app')).toBe('before again');
  });

  test('is destroyed by them when it is deleted: with the command for applies where there is none for that', async () => {
    await using it = await delivered(by({ plan, apply }), 'two', { base: 'before', deleted: true });
    await it.rollBack(it.id, 'app');

    const planned = await it.run('plan', it.id, 'app');
    expect(planned.counts).toEqual({ ...noEffects, destroy: 1 });
    expect((await it.run('destroy', it.id, 'app', planned.plan)).error).toBeNull();
    expect(it.said()).toContain('destroy of app');
    expect(await outputOf(it.live, 'app')).toBeUndefined();
  });

  test('is applied when its command says nothing and the state shows it', async () => {
    const silent = 'terraform apply -input=false "$LIVE_CI_PLAN_FILE" >silent.log';
    await using it = await delivered(by({ plan: `${plan.trim()} -detailed-exitcode`, apply: silent }));
    expect(await it.deliver(it.id, 'app')).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(it.live, 'app')).toBe('one by command');
  });

  test('is not applied when its command hides that nothing was', async () => {
    await using it = await delivered(by({ plan, apply: 'echo The network is down; exit 0' }));
    const applied = await it.deliver(it.id, 'app');
    expect(applied).toMatchObject({ outcome: 'failed', plan: null });
    expect(applied.error).toMatch(
      /^commands\.apply ended as if all were well.*nothing of it is in the state \(The network/,
    );
  });

  test('is told to be applied before its command failed only when the state shows all of it', async () => {
    const fails = (command: string) => ({ plan, apply: `${command}\necho Smoke is rising; exit 1` });
    await using it = await delivered(by(fails(apply)));
    const applied = await it.deliver(it.id, 'app');
    expect(applied).toMatchObject({ outcome: 'failed', plan: expect.any(String), complete: true });
    expect(applied.error).toMatch(
      /^all of the plan is applied, as the state shows; then commands\.apply failed: Smoke is rising;/,
    );

    await using other = await delivered(by(fails('echo "Apply complete!"')));
    const failed = await other.deliver(other.id, 'app');
    expect(failed).toMatchObject({ outcome: 'failed', plan: expect.any(String) });
    expect(failed.complete).toBeUndefined();
    expect(failed.error).toMatch(/^commands\.apply failed: Smoke is rising;/);
  });

  test('is not taken for destroyed when its plan leaves something behind', async () => {
    const careless = 'terraform plan -input=false -out="$LIVE_CI_PLAN_FILE"';
    await using it = await delivered(by({ plan: careless }), 'two', { base: 'before', deleted: true });
    const refused = {
      outcome: 'failed',
      error: expect.stringMatching(/does not destroy all.*\$LIVE_CI_DESTROY is true/),
    };

    expect(await it.run('plan', it.id, 'app')).toMatchObject(refused);
    await it.rollBack(it.id, 'app');
    expect(await it.run('plan', it.id, 'app')).toMatchObject(refused);
  });

  test('fails when its command leaves no plan file, and says how to write one', async () => {
    await using it = await delivered(by({ plan: 'terraform plan -input=false' }));
    expect(await it.run('plan', it.id, 'app')).toMatchObject({
      outcome: 'failed',
      error:
        'commands.plan left no plan file for app; have it write one to $LIVE_CI_PLAN_FILE, as with -out="$LIVE_CI_PLAN_FILE".',
    });
  });

  test('fails at the first line of its command that does', async () => {
    await using it = await delivered(by({ plan: 'echo "Error: no such account" >&2; false\necho never' }));
    expect((await it.run('plan', it.id, 'app')).error).toBe(
      'commands.plan failed: no such account; the log has the whole story.',
    );
    expect(it.said()).not.toContain('\nnever');
  });

  test('asks again when its command finds the approved plan stale', async () => {
    await using it = await delivered(by({ plan, apply }));
    const planned = await it.run('plan', it.id, 'app');
    await it.deliver(it.id, 'app');
    await it.bucket.remove(bucketKeys.result(it.id, 'app', 'apply'));
    expect((await it.run('apply', it.id, 'app', planned.plan)).outcome).toBe('stale');
  });
});
