import { checkConfig } from '../../../src/config/check.ts';
import { readConfig } from '../../../src/config/load.ts';
import { localSettings, repositoryName } from '../../../src/local/local-settings.ts';

test('settings that are for an account of AWS hold on this machine, but for what is in that account', () => {
  const said = {
    accountId: '123456789012',
    region: 'eu-west-1',
    stages: ['network'],
    kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/example',
    artifacts: { bucket: 'example-artifacts', planDays: 90 },
  };
  const config = checkConfig(
    localSettings(readConfig('/nowhere', { LIVE_CI_CONFIG: JSON.stringify(said) })),
    'settings',
  );
  expect(config).toMatchObject({
    accountId: '000000000000',
    region: 'us-east-1',
    stages: ['network'],
    kmsKeyArn: null,
    artifacts: { bucket: null, planDays: 90 },
  });
});

test('builds are bounded on this machine, which has no quota, and to what the settings say', () => {
  const bounded = (said: object) => localSettings(readConfig('/nowhere', { LIVE_CI_CONFIG: JSON.stringify(said) }));
  expect(bounded({})).toMatchObject({ concurrency: 20 });
  expect(bounded({ concurrency: 3 })).toMatchObject({ concurrency: 3 });
});

test.each([
  ['git@github.com:acme/live.git', 'acme/live'],
  ['https://git.example.org/acme/live/', 'acme/live'],
  ['ssh://git@git.example.org/acme/platform/live.git', 'platform/live'],
  ['/srv/git/live.git', 'local/my-live'],
  ['../live', 'local/my-live'],
  [undefined, 'local/my-live'],
])('a repository whose origin is %s is named %s', (origin, name) => {
  expect(repositoryName('/home/ada/my live', origin)).toBe(name);
});

test('the name holds where the settings have none', () => {
  const named = (said: object) =>
    localSettings(readConfig('/nowhere', { LIVE_CI_CONFIG: JSON.stringify(said) }), 'local/live');
  expect(named({})).toMatchObject({ repository: 'local/live' });
  expect(named({ repository: 'acme/live' })).toMatchObject({ repository: 'acme/live' });
});
