import { render } from '../../../src/cli/commands/selftest.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { phases } from '../../../src/selftest/builds.ts';
import type { Report, Tested } from '../../../src/selftest/self-test.ts';
import { liveCi } from '../../support/command-line.ts';

test.each([
  [['nonsense'], 'There is no case nonsense; they are deliver, decline-none'],
  [['--tool', 'pulumi'], '--tool is one of opentofu, terraform.'],
])('selftest %j is wrong use', async (words, sentence) => {
  expect(await liveCi('.', ['selftest', ...words])).toEqual({
    code: 2,
    out: '',
    error: expect.stringContaining(sentence),
  });
});

const execution = 'arn:aws:states:eu-west-1:123456789012:execution:live-ci-production-pipeline:selftest-r1';
const tested: Tested = {
  name: 'deliver',
  tries: 'plan and apply',
  expected: { 'selftest/app': 'applied' },
  ends: { 'selftest/app': 'failed' },
  notes: ['the lock was left behind'],
  problems: ['selftest/app is failed and not applied: \u001b[31mno such role'],
  seconds: 61.25,
  executions: [execution],
  builds: 2,
  phases: { ...(Object.fromEntries(phases.map((phase) => [phase, null])) as Tested['phases']), queued: 1.5, work: 20 },
};
const report: Report = {
  run: 'r1',
  cases: [tested, { ...tested, name: 'roles', problems: [] }],
  seconds: 70,
  builds: 4,
  minutes: 8,
};
const config = configSchema.parse({});
const rendered = (given: Report, environment = {}, settings = config) => render(given, settings, { environment });

test('what is not as expected is told with what came instead, as text, and with the execution to look at', () => {
  const text = rendered(report);
  expect(text).toContain('deliver (plan and apply) is not as expected:\n  selftest/app is failed and not applied: ');
  expect(text).toContain(
    `see https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${execution}`,
  );
  expect(text).not.toContain('\u001b[31mno such role');
  expect(text).toMatch(/✔ +roles +app failed; the lock was left behind +2 +1\.5 +- +- +- +20\.0 +- +61\.3/);
  expect(text).toContain('1 of 2 cases are as expected, after 70 s.');
});

test('it tells what the builds cost, where it knows the price', () => {
  expect(rendered(report)).toContain('4 builds came to 8 minutes of CodeBuild, some 0.08 $');
  const large = configSchema.parse({ build: { computeType: 'large' } });
  expect(rendered(report, {}, large)).toContain('8 minutes of CodeBuild, of build.computeType large');
  expect(rendered({ ...report, minutes: 0 })).toContain('4 builds ran on this machine, which costs nothing');
});
