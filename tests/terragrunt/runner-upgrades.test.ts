/** A plan that was approved is applied with the providers that it was made with, however a configuration initializes: with the real Terragrunt. */
import { deliveryOf, storeDelivery } from '../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../support/live-repository.ts';
import { mirror } from '../support/provider-mirror.ts';
import { bench, outputOf } from '../support/runner-bench.ts';
import { describeWithTool } from '../support/tools.ts';

const code = `terraform {
  required_providers {
    lab = { source = "lab.example.org/lab/lab" }
  }
}
resource "terraform_data" "this" {
  input = "one"
}
output "value" {
  value = terraform_data.this.output
}
`;
const source = 'source = "../modules//app"\n';
const left = 'copy_terraform_lock_file = false\n';
const upgrades = 'extra_arguments "newest" {\n  commands  = ["init"]\n  arguments = ["-upgrade"]\n}\n';
const hook = (kind: string, command: string) =>
  `${kind} "newest" {\n  commands = ["${command}"]\n  execute  = ["terraform", "init", "-upgrade", "-input=false"]\n}\n`;

/** Planned, and applied once its provider has a new release. @param settings of the configuration's `terraform` block */
async function appliedLater(live: LiveRepository, settings: string) {
  const state = `remote_state {\n  backend  = "local"\n  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }\n  config   = { path = "${live.states}/app.tfstate" }\n}\n`;
  const head = await live.commit({
    [settings.includes(source) ? 'modules/app/main.tf' : 'app/main.tf']: code,
    'app/terragrunt.hcl': `${state}terraform {\n${settings}}\n`,
  });
  const { environment, release } = await mirror(live);
  await release('1.0.0');
  const { bucket, run, said } = bench(live, { environment });
  const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', tool: 'terragrunt' }]));
  const planned = await run('plan', id, 'app');
  expect(planned).toMatchObject({ outcome: 'planned', error: null });
  await release('1.1.0');
  return { applied: await run('apply', id, 'app', planned.plan), said };
}

describeWithTool(
  'terragrunt',
  'a plan that was approved is applied with its own providers, though a configuration',
  () => {
    test.each([
      ['leaves the lock file in the cache', source + left],
      ['upgrades', upgrades],
      ['upgrades, and has its code elsewhere', source + upgrades],
      ['upgrades, and leaves the lock file in the cache', source + left + upgrades],
    ])('%s: no other ones are installed', async (_, settings) => {
      await using live = await liveRepository();
      const { applied, said } = await appliedLater(live, settings);
      expect(applied).toMatchObject({ outcome: 'applied', error: null });
      expect(await outputOf(live, 'app')).toBe('one');
      expect(said()).not.toContain('v1.1.0');
    });

    test.each([
      ['', ''],
      [', and has its code elsewhere', source],
    ])('upgrades in a hook after init%s', async (_, where) => {
      await using live = await liveRepository();
      const { applied, said } = await appliedLater(live, where + hook('after_hook', 'init'));
      expect(applied).toMatchObject({ outcome: 'applied', error: null });
      expect(await outputOf(live, 'app')).toBe('one');
      expect(said()).toContain('v1.1.0');
    });

    test('upgrades in a hook before the apply: then it is stale, and nothing is applied', async () => {
      await using live = await liveRepository();
      const { applied } = await appliedLater(live, hook('before_hook', 'apply'));
      expect(applied).toMatchObject({ outcome: 'stale', error: null });
      await expect(outputOf(live, 'app')).rejects.toThrow('ENOENT');
    });
  },
);
