import { join } from 'node:path';
import { configSchema } from '../../../src/config/schema.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { deliverySettingsSchema } from '../../../src/model.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { bench } from '../../support/runner-bench.ts';
import { describeWithTool, environmentWithTools } from '../../support/tools.ts';

const sensitive = 'sensitive-by-declaration';
const ofEnvironment = 'known-from-environment';
const ofPattern = 'acme-2718281828';

const withBackend = (live: LiveRepository, code: string) => `
terraform {
  backend "local" {
    path = "${join(live.states, 'app.tfstate')}"
  }
}
variable "password" {
  sensitive = true
  default   = "${sensitive}"
}
${code}
`;

const config = configSchema.parse({ redaction: { patterns: ['acme-[0-9]+'] } });
const environment = () => ({ ...environmentWithTools(), DATABASE_PASSWORD: ofEnvironment });

/** Plans and applies that code, and tells all that is kept of it and said but the plan file and its JSON. */
async function deliver(code: string) {
  await using live = await liveRepository();
  const head = await live.commit({ 'app/main.tf': withBackend(live, code) });
  const { bucket, run, said } = bench(live, { config, environment: environment() });
  const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
  const planned = await run('plan', id, 'app');
  const plan = planned.plan ?? '';
  const applied = planned.plan && (await run('apply', id, 'app', planned.plan));
  const secret = [bucketKeys.planFile(id, 'app', plan), bucketKeys.planJson(id, 'app', plan)];
  const kept = [...bucket.objects.keys()].filter((key) => !secret.includes(key)).map((key) => bucket.text(key));
  return {
    planned,
    applied,
    text: bucket.text(bucketKeys.planText(id, 'app', plan)),
    json: bucket.text(bucketKeys.planJson(id, 'app', plan)),
    all: [...kept, said(), JSON.stringify([planned, applied])].join('\n'),
  };
}

describeWithTool('terraform', 'what Terraform marks sensitive', () => {
  test('is in the JSON of a plan, and in nothing that is shown: resources, outputs, what a provisioner gets', async () => {
    const { applied, json, text, all } = await deliver(`
resource "terraform_data" "database" {
  input            = { password = var.password }
  triggers_replace = [var.password]
  provisioner "local-exec" {
    command     = "echo $P; echo \${nonsensitive("told")}"
    environment = { P = var.password }
  }
}
output "password" {
  value     = var.password
  sensitive = true
}
`);
    expect(applied).toMatchObject({ outcome: 'applied', outputsChanged: ['password'] });
    expect(json).toContain(sensitive);
    expect(text).toContain('(sensitive value)');
    expect(all).toContain('terraform_data.database (local-exec)');
    expect(all).not.toContain(sensitive);
  });

  test.each([
    ['for_each', 'for_each = toset([var.password])\n  input = each.key', /for_each/],
    [
      'a condition',
      'lifecycle {\n precondition {\n condition = false\n error_message = "no ${var.password}"\n }\n }',
      /./,
    ],
    ['a function', 'input = regex("^y", var.password)', /function call/],
  ])('is in no error of %s', async (_, code, error) => {
    const { planned, all } = await deliver(`resource "terraform_data" "a" {\n  ${code}\n}\n`);
    expect(planned).toMatchObject({ outcome: 'failed', error: expect.stringMatching(error) });
    expect(all).not.toContain(sensitive);
  });
});

describeWithTool('terraform', 'what the configuration hides', () => {
  test('is neither in the log nor in the text of a plan, nor in what is destroyed; the unit is applied as it is written', async () => {
    const { applied, json, text, all } = await deliver(`
resource "terraform_data" "a" {
  for_each = toset(["${ofPattern}"])
  input    = each.key
  provisioner "local-exec" {
    command = "echo first $DATABASE_PASSWORD; printf 'acme-'; sleep 0.2; echo 2718281828"
  }
}
`);
    expect(applied).toMatchObject({ outcome: 'applied' });
    expect(json).toContain(ofPattern);
    expect(text).toContain('terraform_data.a["***"] will be created');
    expect(all).toContain('(local-exec): first ***');
    for (const secret of [ofPattern, ofEnvironment]) expect(all).not.toContain(secret);
  });

  test('is not in the address of what a plan destroys', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver: deliverUnit } = bench(live, { config, environment: environment() });
    const resource = `resource "terraform_data" "a" {\n  for_each = toset(["${ofPattern}"])\n}\n`;
    const base = await live.commit({ 'app/main.tf': withBackend(live, resource) });
    await deliverUnit((await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]))).id, 'app');
    const head = await live.commit({ 'app/main.tf': withBackend(live, '') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', base }], { base }));
    expect(await run('plan', id, 'app')).toMatchObject({
      destroys: [{ address: 'terraform_data.a["***"]', replaced: false }],
    });
  });

  test('is not in the error of a run, though that is cut short in the middle of it', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': withBackend(live, '') });
    const { bucket, run } = bench(live, { config, environment: environment() });
    const command = `echo ${'x'.repeat(490)} ${ofPattern}; exit 1`;
    const settings = deliverySettingsSchema.parse({ elsewhere: { commands: { plan: command } } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }], { settings }));
    const { outcome, error } = await run('plan', id, 'app');
    expect(outcome).toBe('failed');
    expect(error).toContain('xxx ***');
  });
});
