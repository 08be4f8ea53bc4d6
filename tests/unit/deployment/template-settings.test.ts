import { configSchema } from '../../../src/config/schema.ts';
import { templateSettings } from '../../../src/deployment/template-settings.ts';

const settingsOf = (said: Record<string, unknown>) =>
  templateSettings(configSchema.parse(said), {
    prefix: 'live-ci-test',
    commandLine: 'command-line/0.zip',
  });

test('Step Functions gives up on a build half an hour after the build has stopped itself', () => {
  const { timeouts } = configSchema.parse({});
  expect(settingsOf({})).toMatchObject({
    planSeconds: (timeouts.planMinutes + 30) * 60,
    applySeconds: (timeouts.applyMinutes + 30) * 60,
  });
});

test('half of the builds that run at once are plans, and the rest applies and rollbacks', () => {
  const said = { concurrency: 7 };
  expect(settingsOf(said)).toMatchObject({ concurrentPlans: 3, concurrentApplies: 4 });
});

test('without a number as many builds run as the account allows', () => {
  expect(settingsOf({})).toMatchObject({ concurrentPlans: null, concurrentApplies: null });
});

test('everything is named after the deployment, unless a setting names it', () => {
  expect(settingsOf({}).names).toMatchObject({
    plan: 'live-ci-test-plan',
    requestApproval: 'live-ci-test-request-approval',
    pipeline: 'live-ci-test-pipeline',
  });
  const named = settingsOf({
    build: { name: 'network' },
    functions: { requestApproval: 'ask' },
    pipeline: { name: 'deliver' },
  });
  expect(named.names).toMatchObject({ plan: 'network-plan', requestApproval: 'ask', pipeline: 'deliver' });
});
