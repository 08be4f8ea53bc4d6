/** Whatever a service, a stage and a region are called: AWS takes every name, or nothing is deployed and it is said why. */
import fc from 'fast-check';
import { configSchema } from '../../../src/config/schema.ts';
import { bucketNameOf, checkNames } from '../../../src/deployment/check-names.ts';
import { ConfigError } from '../../../src/errors.ts';
import { type Packaged, packaged } from '../../support/packaged.ts';

/** Names as the resource schemas of CloudFormation have them; of functions, the Lambda API. */
const names: Record<string, [property: string, pattern: RegExp]> = {
  'AWS::CloudWatch::Alarm': ['AlarmName', /^.{1,255}$/],
  'AWS::CodeBuild::Project': ['Name', /^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$/],
  'AWS::Events::Rule': ['Name', /^[.A-Za-z0-9_-]{1,64}$/],
  'AWS::KMS::Alias': ['AliasName', /^alias\/[a-zA-Z0-9/_-]{1,250}$/],
  'AWS::Lambda::Function': ['FunctionName', /^[a-zA-Z0-9_-]{1,64}$/],
  'AWS::Logs::LogGroup': ['LogGroupName', /^[.a-zA-Z0-9_/#-]{1,512}$/],
  'AWS::S3::Bucket': ['BucketName', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/],
  'AWS::SNS::Topic': ['TopicName', /^[A-Za-z0-9_-]{1,256}$/],
  'AWS::SQS::Queue': ['QueueName', /^[A-Za-z0-9_-]{1,75}(\.fifo)?$/],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', /^[A-Za-z0-9_-]{1,80}$/],
};

/** What the framework takes for them. */
const service = fc.stringMatching(/^[a-zA-Z][0-9a-zA-Z-]{1,40}$/, { size: 'max' });
const stage = fc.stringMatching(/^[a-zA-Z0-9-]{1,20}$/, { size: 'max' });
const region = fc.constantFrom('us-east-1', 'eu-west-1', 'ap-northeast-1', 'ap-southeast-1');

let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged();
});
afterAll(() => deployment[Symbol.asyncDispose]());

/** Those of the packaged template, as they would be with another prefix. */
function namesWith(prefix: string, inRegion: string): [type: string, name: string][] {
  return Object.values(deployment.resources).flatMap(({ Type, Properties }): [string, string][] => {
    const value = Properties?.[names[Type]?.[0] ?? ''];
    if (value === undefined) return [];
    const text = typeof value === 'string' ? value : (value as { 'Fn::Sub': string })['Fn::Sub'];
    const name = text.replace('live-ci-test', prefix).replace(/\$\{AWS::AccountId\}/, '123456789012');
    return [[Type, name.replace(/\$\{AWS::Region\}/, inRegion)]];
  });
}

test('names fit, or are refused with a sentence', () => {
  const [taken, refused] = [new Set<boolean>(), new Set<string>()];
  fc.assert(
    fc.property(service, stage, region, (service, stage, region) => {
      const prefix = `${service}-${stage}`;
      try {
        checkNames(configSchema.parse({ region }), prefix);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).toContain(prefix);
        refused.add(/the name of (anything|the artifact bucket)/.exec(String(error))?.[1] ?? 'nothing');
        return;
      }
      taken.add(true);
      const wrong = namesWith(prefix, region).filter(([type, name]) => !names[type]?.[1].test(name));
      expect(wrong).toEqual([]);
    }),
    { numRuns: 1000 },
  );
  expect(namesWith('live-ci-test', 'us-east-1').length).toBeGreaterThan(35);
  expect([taken.size, [...refused].sort()]).toEqual([1, ['anything', 'the artifact bucket']]);
});

test('a name that is as long as may be is taken, and what is in use stays as it is', () => {
  const config = configSchema.parse({ region: 'ap-southeast-1', artifacts: { bucket: 'example-artifacts' } });
  expect(() => checkNames(config, 'a'.repeat(47))).not.toThrow();
  expect(() => checkNames(config, 'a'.repeat(48))).toThrow("-request-approval can't be the name of anything in AWS");
  expect(bucketNameOf('live-ci-production', '123456789012', 'eu-west-1')).toBe(
    'live-ci-production-artifacts-123456789012-eu-west-1',
  );
  expect(() => checkNames(configSchema.parse({}), 'live-ci-Production')).toThrow(
    "live-ci-Production-artifacts-000000000000-us-east-1 can't be the name of the artifact bucket",
  );
});
