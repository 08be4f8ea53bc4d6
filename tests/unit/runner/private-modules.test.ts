import { join } from 'node:path';
import { configSchema } from '../../../src/config/schema.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import type { RunResult } from '../../../src/model.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { type GitServer, gitServer } from '../../support/git-server.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { bench } from '../../support/runner-bench.ts';
import { describeWithTool, environmentWithTools } from '../../support/tools.ts';

const withModules = configSchema.parse({ github: { token: { parameter: '/live-ci/token', modules: true } } });
const without = configSchema.parse({ github: { token: { parameter: '/live-ci/token' } } });

interface Asked {
  config: typeof without;
  source: (server: GitServer) => string;
  code?: string;
}

interface Planned {
  result: RunResult;
  apply: (plan: string | null) => Promise<RunResult>;
  said: () => string;
  log: (action: 'plan' | 'apply') => string;
  server: GitServer;
}

/** Plans a unit with a module from elsewhere in a build that has a token. */
async function withPlan({ config, source, code = '' }: Asked, check: (planned: Planned) => void | Promise<void>) {
  await using live = await liveRepository();
  await using shared = await liveRepository();
  await using server = await gitServer();
  await shared.commit({ 'main.tf': 'output "greeting" {\n  value = "from afar"\n}\n' });
  await server.add('private/module', shared.url);
  await server.add('public/module', shared.url);
  const head = await live.commit({ 'app/main.tf': unit(live, source(server), code) });
  const environment = {
    ...environmentWithTools(),
    LIVE_CI_GITHUB_TOKEN: server.token,
    LIVE_CI_REPOSITORY_URL: `${server.url}/example-org/live.git`,
  };
  const { bucket, run, said } = bench(live, { environment, config });
  const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
  await check({
    result: await run('plan', id, 'app'),
    apply: (plan) => run('apply', id, 'app', plan),
    said,
    log: (action) => bucket.text(bucketKeys.log(id, 'app', action)) ?? '',
    server,
  });
}

const unit = (live: LiveRepository, source: string, code: string) => `
terraform {
  backend "local" {
    path = "${join(live.states, 'app')}.tfstate"
  }
}
module "elsewhere" {
  source = "${source}"
}
output "greeting" {
  value = module.elsewhere.greeting
}
${code}`;

const forms: [string, (server: GitServer) => string][] = [
  ['over HTTPS', ({ url }) => `git::${url}/private/module.git`],
  ['over SSH', () => 'git::ssh://git@127.0.0.1/private/module.git'],
  ["in git's short form", () => 'git@127.0.0.1:private/module.git'],
];

describeWithTool('terraform', 'a private module', () => {
  test.each(forms)('whose source is written %s is cloned with the token', async (_, source) => {
    await withPlan({ config: withModules, source }, ({ result, said, log, server }) => {
      expect(result).toMatchObject({ outcome: 'planned', outputsChanged: ['greeting'], error: null });
      expect(said() + log('plan')).not.toContain(server.token);
    });
  });

  test('is refused where plans have no token, which is how it is unless configured', async () => {
    await withPlan({ config: without, source: ({ url }) => `git::${url}/private/module.git` }, ({ result, server }) => {
      expect(result).toMatchObject({ outcome: 'failed', error: expect.stringContaining('module') });
      expect(server.refused).not.toEqual([]);
    });
  });

  test('leaves a public one be: it is cloned without a token', async () => {
    await withPlan({ config: without, source: ({ url }) => `git::${url}/public/module.git` }, ({ result, server }) => {
      expect(result).toMatchObject({ outcome: 'planned', error: null });
      expect(server.refused).toEqual([]);
    });
  });

  test('lets the code read the token, and no log shows it', async () => {
    const code = 'resource "terraform_data" "nosy" {\n  provisioner "local-exec" {\n    command = "env"\n  }\n}\n';
    const source = ({ url }: GitServer) => `git::${url}/private/module.git`;
    await withPlan({ config: withModules, source, code }, async ({ result, apply, said, log, server }) => {
      expect(await apply(result.plan)).toMatchObject({ outcome: 'applied' });
      expect(said()).toContain('LIVE_CI_GITHUB_TOKEN=***');
      expect(log('apply')).toContain('LIVE_CI_GITHUB_TOKEN=***');
      expect(said() + log('apply')).not.toContain(server.token);
    });
  });
});
