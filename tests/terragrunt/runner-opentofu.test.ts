/** OpenTofu at work in a build: with what it has of its own, and where its words are not Terraform's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { deliveryOf, storeDelivery, type UnitFacts } from '../support/delivery.ts';
import { encryption } from '../support/encryption.ts';
import { type Files, type LiveRepository, liveRepository } from '../support/live-repository.ts';
import { bench } from '../support/runner-bench.ts';
import { describeWithTool, environmentWithOpenTofu } from '../support/tools.ts';

/** A unit whose backend is named by a variable, which OpenTofu evaluates early. */
const unit = (live: LiveRepository, text: string, state = 'app', more: Files = {}): Files => ({
  'app/main.tofu': `variable "states" {\n  default = "${live.states}"\n}\nlocals {\n  state = "\${var.states}/${state}.tfstate"\n}\nterraform {\n  backend "local" {\n    path = local.state\n  }\n}\n${text}`,
  ...more,
});
const thing = (value: string, fails = false) =>
  `resource "terraform_data" "thing" {\n  input = "${value}"\n  triggers_replace = ["${value}"]\n${fails ? '  provisioner "local-exec" {\n    command = "exit 1"\n  }\n' : ''}}\noutput "value" {\n  value = "${value}"\n}\n`;

async function applied(live: LiveRepository, more: Files = {}) {
  const base = await live.commit(unit(live, thing('one'), 'app', more));
  const { bucket, run, deliver } = bench(live, { environment: environmentWithOpenTofu() });
  const first = await storeDelivery(bucket, deliveryOf(base, [{ path: 'app', tool: 'opentofu' }]));
  expect(await deliver(first.id, 'app')).toMatchObject({ outcome: 'applied', error: null });
  return {
    bucket,
    run,
    deliver,
    base,
    /** A delivery of the next commit. */
    async next(files: Files, facts: Partial<UnitFacts> = {}, number = 1) {
      const head = await live.commit(files);
      const of = deliveryOf(head, [{ path: 'app', tool: 'opentofu', base, ...facts }], {
        base,
        id: `${head.slice(0, 12)}-${number}`,
      });
      return (await storeDelivery(bucket, of)).id;
    },
  };
}

describeWithTool('tofu', 'with OpenTofu', () => {
  test('encrypted plans are read, approved and applied, and neither plan file nor state has a value in clear', async () => {
    await using live = await liveRepository();
    const { bucket, run, next } = await applied(live, { 'app/encryption.tofu': encryption });
    const id = await next(unit(live, thing('wolpertinger')));
    const planned = await run('plan', id, 'app');
    expect(planned).toMatchObject({ outcome: 'planned', counts: { add: 1, destroy: 1 }, outputsChanged: ['value'] });
    const file = await bucket.read(bucketKeys.planFile(id, 'app', planned.plan ?? ''));
    expect(file?.body.includes('wolpertinger')).toBe(false);
    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
    const state = await readFile(join(live.states, 'app.tfstate'), 'utf8');
    expect(state).toContain('encrypted_data');
    expect(state).not.toContain('wolpertinger');
  });

  test('a plan is stale when somebody applied meanwhile, and nothing counts as half applied', async () => {
    await using live = await liveRepository();
    const { run, deliver, next } = await applied(live);
    const id = await next(unit(live, thing('two')));
    const planned = await run('plan', id, 'app');
    const other = await next(unit(live, thing('three')), {}, 2);
    expect(await deliver(other, 'app')).toMatchObject({ outcome: 'applied' });
    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({ outcome: 'stale', error: null });
  });

  test('an apply that fails says why, and is rolled back by a plan that goes on by itself', async () => {
    await using live = await liveRepository();
    const { run, deliver, next } = await applied(live, { 'app/encryption.tofu': encryption });
    const id = await next(unit(live, thing('two', true)));
    const failed = await deliver(id, 'app');
    expect(failed).toMatchObject({ outcome: 'failed', error: expect.stringContaining('local-exec provisioner error') });
    expect(failed.plan).not.toBeNull();
    const back = await run('plan-rollback', id, 'app');
    expect(back).toMatchObject({ outcome: 'planned', asks: [], error: null });
    expect(await run('rollback', id, 'app', back.plan)).toMatchObject({ outcome: 'rolled-back', error: null });
    expect(await run('plan', await next({ 'README.md': 'one\n', ...unit(live, thing('one')) }), 'app')).toMatchObject({
      outcome: 'unchanged',
    });
  });

  test('what stays in an encrypted state that the unit had before is counted', async () => {
    await using live = await liveRepository();
    const { run, next } = await applied(live, { 'app/encryption.tofu': encryption });
    const id = await next(unit(live, thing('one'), 'other'), { stateBefore: 'local path=app.tfstate' });
    expect(await run('plan', id, 'app')).toMatchObject({ outcome: 'planned', heldBefore: 1, error: null });
  });

  test('code that it can not read fails with its place', async () => {
    await using live = await liveRepository();
    const { run, next } = await applied(live);
    const id = await next(unit(live, 'resource "terraform_data" "thing" {\n  input = var.nosuch\n}\n'));
    expect(await run('plan', id, 'app')).toMatchObject({
      outcome: 'failed',
      plan: null,
      error: expect.stringMatching(
        /^tofu plan failed: Reference to undeclared input variable: .*\(on main\.tofu line \d+/,
      ),
    });
  });
});
