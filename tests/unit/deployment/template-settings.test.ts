import { configSchema } from '../../../src/config/schema.ts';
import { templateSettings } from '../../../src/deployment/template-settings.ts';

const settingsOf = (said: Record<string, unknown>) =>
  templateSettings(configSchema.parse(said), {
    prefix: 'live-ci-test',
    commandLine: 'command-line/0.zip',
  });

test('CodeBuild ends a build half an hour after the build has stopped itself', () => {
  const { timeouts } = configSchema.parse({});
  expect(settingsOf({})).toMatchObject({
    planMinutes: timeouts.planMinutes + 30,
    applyMinutes: timeouts.applyMinutes + 30,
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

test.each([
  ['no filters', {}, 'ENABLED'],
  ['a group that takes every push', { filterGroups: [{ events: ['PUSH'], headRefs: '^refs/heads/main$' }] }, 'ENABLED'],
  ['commits that are left out', { filterGroups: [{ commitMessages: { pattern: 'skip', exclude: true } }] }, 'DISABLED'],
  ['merges only', { filterGroups: [{ events: ['PULL_REQUEST_MERGED'] }] }, 'DISABLED'],
  ['none wanted', { poll: { branchHours: null } }, 'DISABLED'],
])('the branch is looked at unless pushes are left out on purpose: %s', (_, said, state) => {
  expect(settingsOf(said)).toMatchObject({ branchState: state });
});

test('a build that enqueues and fails is told at once, where no pull request is looked at by such builds', () => {
  const pullRequests = { filterGroups: [{ events: ['PUSH'] }, { events: ['PULL_REQUEST_CREATED'] }] };
  expect(settingsOf({})).toMatchObject({ enqueueFailed: { seconds: 300, times: 1 } });
  expect(settingsOf(pullRequests)).toMatchObject({ enqueueFailed: { seconds: 3600, times: 3 } });
});
