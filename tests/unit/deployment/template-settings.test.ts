import { configSchema } from '../../../src/config/schema.ts';
import { templateSettings } from '../../../src/deployment/template-settings.ts';

test('builds are told what the file says, not what it leaves out', () => {
  const said = { branch: 'production' };
  expect(templateSettings(configSchema.parse(said), said).json).toBe('{"branch":"production"}');
});

test('Step Functions gives up on a build half an hour after the build has stopped itself', () => {
  const { timeouts } = configSchema.parse({});
  expect(templateSettings(configSchema.parse({}), {})).toMatchObject({
    planSeconds: (timeouts.planMinutes + 30) * 60,
    applySeconds: (timeouts.applyMinutes + 30) * 60,
  });
});

test('half of the builds that run at once are plans, and the rest applies and rollbacks', () => {
  const said = { concurrency: 7 };
  expect(templateSettings(configSchema.parse(said), said)).toMatchObject({ concurrentPlans: 3, concurrentApplies: 4 });
});
