import { configSchema } from '../../../src/config/schema.ts';
import { metrics, namespace } from '../../../src/metrics.ts';
import { type Packaged, packaged } from '../../support/packaged.ts';

const topicArn = 'arn:aws:sns:us-east-1:123456789012:operators';
let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged({ alarms: { queueAgeMinutes: 30 }, notifications: { topicArn, emails: [] } });
});
afterAll(() => deployment[Symbol.asyncDispose]());

const ofType = (type: string) =>
  Object.entries(deployment.resources).flatMap(([name, { Type, Properties }]) =>
    Type === type ? [{ name, ...Properties }] : [],
  ) as Record<string, unknown>[];
const alarms = () => ofType('AWS::CloudWatch::Alarm');
const alarm = (name: string) => alarms().find((one) => one.AlarmName === `live-ci-test-${name}`);

test('the zip of every Lambda has at most 300 KB', () => {
  expect(Object.keys(deployment.zips)).toHaveLength(ofType('AWS::Lambda::Function').length);
  const large = Object.entries(deployment.zips).filter(([, { bytes }]) => bytes > 300_000);
  expect(large).toEqual([]);
});

describe('alarms', () => {
  test('watch metrics that the Lambdas put out, in the unit that they have', () => {
    const own = alarms().filter((one) => one.Namespace === namespace);
    expect(own.map((one) => one.MetricName).sort()).toEqual(['Halted', 'Halted', 'QueueAge']);
    for (const { MetricName, Dimensions } of own) {
      expect(Object.keys(metrics)).toContain(MetricName);
      expect(Dimensions).toEqual([{ Name: 'service', Value: 'live-ci-test' }]);
    }
    expect(metrics.QueueAge).toBe('Seconds');
    expect(alarm('queue-age')?.Threshold).toBe(30 * 60);
  });

  test("watch the deployment's own dead letters and its poll", () => {
    expect(alarm('dead-letters')?.Dimensions).toEqual([
      { Name: 'QueueName', Value: { 'Fn::GetAtt': ['DeadLetterQueue', 'QueueName'] } },
    ]);
    expect(alarm('poll-errors')?.Dimensions).toEqual([{ Name: 'FunctionName', Value: { Ref: 'PollLambdaFunction' } }]);
    expect(deployment.resources).toHaveProperty('PollLambdaFunction');
  });

  test('go off when no poll tells anything, and only one of them does for that reason', () => {
    const silent = alarms().filter((one) => one.TreatMissingData === 'breaching');
    expect(silent.map((one) => one.AlarmName)).toEqual(['live-ci-test-poll-silent']);
  });

  test('are sent to the topic, where one is set', () => {
    for (const one of alarms()) expect([one.AlarmActions, one.OKActions]).toEqual([[topicArn], [topicArn]]);
  });
});

test('every Lambda names the deployment in its logs and metrics', () => {
  for (const { Environment } of ofType('AWS::Lambda::Function')) {
    expect(Environment).toMatchObject({ Variables: { LIVE_CI_SERVICE: 'live-ci-test', LIVE_CI_LOG_LEVEL: 'INFO' } });
  }
});

test('without settings, alarms have the documented threshold and are sent nowhere', async () => {
  await using plain = await packaged();
  const { Threshold, AlarmActions } = plain.resources.QueueAgeAlarm?.Properties ?? {};
  expect(Threshold).toBe(configSchema.parse({}).alarms.queueAgeMinutes * 60);
  expect(AlarmActions).toEqual([]);
});
