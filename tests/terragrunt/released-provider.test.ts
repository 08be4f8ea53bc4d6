/** A provider as people have them: installed, locked and cached by the real tools, and released anew between a plan and its approval. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tool } from '../../src/model.ts';
import { deliveryOf, storeDelivery } from '../support/delivery.ts';
import { type Files, type LiveRepository, liveRepository } from '../support/live-repository.ts';
import { newer, older, releasedProvider } from '../support/released-provider.ts';
import { bench, outputOf } from '../support/runner-bench.ts';
import { describeWithTool, environmentWithOpenTofu, environmentWithTools } from '../support/tools.ts';

const module = `terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "began" {}
resource "time_offset" "week" {
  base_rfc3339 = time_static.began.rfc3339
  offset_days  = 7
}
output "value" {
  value = time_offset.week.base_rfc3339 == time_static.began.rfc3339
}
`;
const inState = (live: LiveRepository) => `path = "${join(live.states, 'app.tfstate')}"`;
const rootOf = (live: LiveRepository): Files => ({
  'app/main.tf': module,
  'app/backend.tf': `terraform {\n  backend "local" {\n    ${inState(live)}\n  }\n}\n`,
});
const unitOf = (live: LiveRepository): Files => ({
  'modules/app/main.tf': module,
  'app/terragrunt.hcl': `terraform {\n  source = "../modules//app"\n}\nremote_state {\n  backend  = "local"\n  generate = { path = "backend.tf", if_exists = "overwrite" }\n  config   = { ${inState(live)} }\n}\n`,
});

const forms: [string, Tool, () => NodeJS.ProcessEnv, (live: LiveRepository) => Files][] = [
  ['Terraform', 'terraform', environmentWithTools, rootOf],
  ['OpenTofu', 'opentofu', environmentWithOpenTofu, rootOf],
  ['Terragrunt', 'terragrunt', environmentWithTools, unitOf],
  ['Terragrunt over OpenTofu', 'terragrunt', environmentWithOpenTofu, unitOf],
];

describeWithTool('tofu', 'a released provider', () => {
  describe.each(forms)('with %s', (_, tool, environmentOf, filesOf) => {
    /** A live repository whose unit `app` has the provider, of which the older release is out. */
    async function unit(files: Files = {}, variables: (live: LiveRepository) => NodeJS.ProcessEnv = () => ({})) {
      const live = await liveRepository();
      const head = await live.commit({ ...filesOf(live), ...files });
      const provider = await releasedProvider(join(live.states, 'provider'));
      await provider.release(older);
      const environment = { ...environmentOf(), ...provider.environment, ...variables(live) };
      const { bucket, run, said, deliver } = bench(live, { environment });
      const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app', tool }]));
      return {
        live,
        head,
        id,
        bucket,
        run,
        said,
        deliver,
        release: provider.release,
        [Symbol.asyncDispose]: live[Symbol.asyncDispose],
      };
    }

    test('stays that of the plan until this is applied; the next plan has the newer one', async () => {
      await using app = await unit();
      const planned = await app.run('plan', app.id, 'app');
      expect(planned).toMatchObject({ outcome: 'planned', counts: { add: 2 }, error: null });
      await app.release(newer);

      expect(await app.run('apply', app.id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
      expect(await outputOf(app.live, 'app')).toBe(true);
      expect(app.said()).not.toContain(`v${newer}`);
      expect(await app.run('plan', app.id, 'app')).toMatchObject({ outcome: 'unchanged', error: null });
      expect(app.said()).toContain(`v${newer}`);
    });

    test('is the one that a committed lock file names', async () => {
      const source = tool === 'opentofu' || environmentOf === environmentWithOpenTofu ? 'opentofu.org' : 'terraform.io';
      const lock = `provider "registry.${source}/hashicorp/time" {\n  version = "${older}"\n}\n`;
      await using app = await unit({ 'app/.terraform.lock.hcl': lock });
      await app.release(newer);
      expect(await app.deliver(app.id, 'app')).toMatchObject({ outcome: 'applied', error: null });
      expect(app.said()).toContain(`v${older}`);
      expect(app.said()).not.toContain(`v${newer}`);
    });

    test('is applied out of a plugin cache that plan and apply share', async () => {
      await using app = await unit({}, (live) => ({ TF_PLUGIN_CACHE_DIR: join(live.states, 'plugins') }));
      const cache = join(app.live.states, 'plugins');
      await mkdir(cache);
      const planned = await app.run('plan', app.id, 'app');
      await app.release(newer);
      expect(await app.run('apply', app.id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
      const [registry = ''] = await readdir(cache);
      expect(await readdir(join(cache, registry, 'hashicorp/time'))).toEqual([older]);
    });

    test('is in what a rollback destroys', async () => {
      await using app = await unit();
      expect(await app.deliver(app.id, 'app')).toMatchObject({ outcome: 'applied' });
      await app.release(newer);
      expect(await app.run('plan-rollback', app.id, 'app')).toMatchObject({
        outcome: 'planned',
        counts: { destroy: 2 },
      });
    });
  });
});
