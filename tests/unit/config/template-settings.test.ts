import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '../../../src/config/schema.ts';

const templateSettings = createRequire(import.meta.url)('../../../serverless/settings.cjs') as () => Record<
  string,
  unknown
>;

function deployedWith(yaml: string): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'live-ci-test-'));
  const before = process.env.LIVE_CI_CONFIG;
  process.env.LIVE_CI_CONFIG = join(folder, 'live-ci.config.yml');
  try {
    writeFileSync(process.env.LIVE_CI_CONFIG, yaml);
    return templateSettings();
  } finally {
    if (before === undefined) delete process.env.LIVE_CI_CONFIG;
    else process.env.LIVE_CI_CONFIG = before;
    rmSync(folder, { recursive: true });
  }
}

test('the template has the same defaults as the Lambdas and builds', () => {
  const { timeouts, concurrency, repository, branch } = configSchema.parse({});
  expect(deployedWith('')).toMatchObject({
    repository,
    branch,
    approvalSeconds: timeouts.approvalHours * 3600,
    concurrency,
  });
});

test('Step Functions gives up on a build half an hour after the build has stopped itself', () => {
  const { timeouts } = configSchema.parse({});
  expect(deployedWith('')).toMatchObject({
    planSeconds: (timeouts.planMinutes + 30) * 60,
    applySeconds: (timeouts.applyMinutes + 30) * 60,
  });
});

test('half of the builds that run at once are plans, and the rest applies and rollbacks', () => {
  expect(deployedWith('concurrency: 7')).toMatchObject({ concurrentPlans: 3, concurrentApplies: 4 });
});
