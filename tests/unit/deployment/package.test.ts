import { configSchema } from '../../../src/config/schema.ts';
import { metrics, namespace } from '../../../src/metrics.ts';
import { type Packaged, packaged, permissionsOf, statementsOf } from '../../support/packaged.ts';

let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged();
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
    expect(own.map((one) => one.MetricName).sort()).toEqual(['FailedNotifications', 'Halted', 'Halted', 'QueueAge']);
    for (const { MetricName, Dimensions } of own) {
      expect(Object.keys(metrics)).toContain(MetricName);
      expect(Dimensions).toEqual([{ Name: 'service', Value: 'live-ci-test' }]);
    }
    expect(metrics.QueueAge).toBe('Seconds');
    expect(alarm('queue-age')?.Threshold).toBe(configSchema.parse({}).alarms.queueAgeMinutes * 60);
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

  test("are sent to the stack's own topic", () => {
    const topic = [{ Ref: 'Topic' }];
    for (const one of alarms()) expect([one.AlarmActions, one.OKActions]).toEqual([topic, topic]);
  });
});

test('every Lambda names the deployment in its logs and metrics', () => {
  for (const { Environment } of ofType('AWS::Lambda::Function')) {
    expect(Environment).toMatchObject({ Variables: { LIVE_CI_SERVICE: 'live-ci-test', LIVE_CI_LOG_LEVEL: 'INFO' } });
  }
});

const resource = (name: string) => deployment.resources[name];
const properties = (name: string) => resource(name)?.Properties as Record<string, unknown>;
const permissions = (role: string) => permissionsOf(deployment, role);
const key = { 'Fn::GetAtt': ['Key', 'Arn'] };

describe('the artifact bucket', () => {
  test('is versioned, encrypted with the key, private, and open over TLS only', () => {
    expect(properties('ArtifactBucket')).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } },
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(statementsOf(properties('ArtifactBucketPolicy').PolicyDocument)).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });

  test('forgets plans, applies and caches in time, and nothing else that is current', () => {
    const { Rules } = properties('ArtifactBucket').LifecycleConfiguration as { Rules: Record<string, unknown>[] };
    const expiring = Rules.filter(({ ExpirationInDays }) => ExpirationInDays !== undefined);
    expect(expiring.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['plans/', 365],
      ['applies/', 365],
      ['cache/', 30],
    ]);
    for (const rule of Rules) expect(rule).not.toHaveProperty('Expiration');
  });

  test('stays when the stack is removed, and so does the key that it can be read with, but not when the stack could not be made', () => {
    for (const name of ['ArtifactBucket', 'Key'])
      expect(resource(name)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    expect(properties('ArtifactBucket').Tags).toEqual([{ Key: 'live-ci:key', Value: key }]);
  });
});

describe('the key', () => {
  test('is rotated, and is that of everything at rest', () => {
    expect(properties('Key').EnableKeyRotation).toBe(true);
    const keys = [
      ...ofType('AWS::SQS::Queue').map(({ KmsMasterKeyId }) => KmsMasterKeyId),
      ...ofType('AWS::SNS::Topic').map(({ KmsMasterKeyId }) => KmsMasterKeyId),
      ...ofType('AWS::Logs::LogGroup').map(({ KmsKeyId }) => KmsKeyId),
      ...ofType('AWS::CodeBuild::Project').map(({ EncryptionKey }) => EncryptionKey),
    ];
    expect(keys).toEqual(keys.map(() => key));
  });

  test("lets CloudWatch Logs use it for the stack's log groups, each of them", () => {
    const logs = statementsOf(properties('Key').KeyPolicy).find(({ Sid }) => Sid === 'LogGroups');
    const condition = logs?.Condition as { ArnEquals: Record<string, { 'Fn::Sub': string }[]> } | undefined;
    const allowed = condition?.ArnEquals['kms:EncryptionContext:aws:logs:arn']?.map((arn) =>
      arn['Fn::Sub'].split(':').at(-1),
    );
    const groups = ofType('AWS::Logs::LogGroup').map(({ LogGroupName }) => LogGroupName);
    expect(allowed).toEqual(expect.arrayContaining(groups));
  });

  test('lets alarms reach the topic and lost events their queue', () => {
    const services = statementsOf(properties('Key').KeyPolicy).map(({ Principal }) => Principal);
    expect(services).toEqual(
      expect.arrayContaining([{ Service: 'cloudwatch.amazonaws.com' }, { Service: 'events.amazonaws.com' }]),
    );
  });
});

describe('builds', () => {
  test('have no limit of their own, which a new account might refuse', () => {
    for (const project of ofType('AWS::CodeBuild::Project')) expect(project).not.toHaveProperty('ConcurrentBuildLimit');
  });

  test('keep tools and providers in caches that the other kind can not write', () => {
    const bucket = { Ref: 'ArtifactBucket' };
    const cache = (kind: string) => ({ Type: 'S3', Location: { 'Fn::Join': ['/', [bucket, `cache/${kind}`]] } });
    expect([properties('PlanProject').Cache, properties('ApplyProject').Cache]).toEqual([
      cache('plan'),
      cache('apply'),
    ]);
    for (const kind of ['plan', 'apply']) {
      const role = kind === 'plan' ? 'PlanRole' : 'ApplyRole';
      const reaching = permissions(role).filter(({ Resource }) => JSON.stringify(Resource).includes('/cache/'));
      expect(reaching.map(({ Resource }) => Resource)).toEqual([
        { 'Fn::Sub': `\${ArtifactBucket.Arn}/cache/${kind}*` },
      ]);
    }
    expect(JSON.stringify(permissions('EnqueueRole'))).not.toContain('/cache/');
  });

  test('answer with one exported variable', () => {
    for (const { Source } of ofType('AWS::CodeBuild::Project')) {
      const spec = JSON.parse((Source as { BuildSpec: string }).BuildSpec);
      expect(spec.env['exported-variables']).toEqual(['LIVE_CI_RESULT']);
    }
  });

  test('of pushes to the branch are begun, and of that branch only', () => {
    expect((properties('EnqueueProject').Triggers as { FilterGroups: unknown }).FilterGroups).toEqual([
      [
        { Type: 'EVENT', Pattern: 'PUSH' },
        { Type: 'HEAD_REF', Pattern: '^refs/heads/main$' },
      ],
    ]);
  });
});

describe('state machines', () => {
  test('are traced, and log which states they went through, without the data: task tokens are in it', () => {
    const machines = ofType('AWS::StepFunctions::StateMachine');
    expect(machines).toHaveLength(3);
    for (const { TracingConfiguration, LoggingConfiguration } of machines) {
      expect(TracingConfiguration).toEqual({ Enabled: true });
      expect(LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    }
  });

  test('may write these logs and traces, all of them', () => {
    for (const role of ['PipelineRole', 'BuildRole', 'DecisionRole'])
      expect(permissions(role).map(({ Sid }) => Sid)).toEqual(expect.arrayContaining(['Logs', 'Trace']));
  });
});

describe('Lambdas', () => {
  test('run on Node 24 and Arm, traced, each with a log group that is kept for a while', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    for (const one of ofType('AWS::Lambda::Function')) {
      expect(one).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
      const group = groups.find(({ LogGroupName }) => LogGroupName === `/aws/lambda/${one.FunctionName}`);
      expect(group?.RetentionInDays).toBe(configSchema.parse({}).logs.retentionDays);
    }
  });

  test('poll one at a time, with a call that is kept free for them, and whoever calls the page in vain fills ten and no more', () => {
    expect(properties('PollLambdaFunction').ReservedConcurrentExecutions).toBe(1);
    expect(properties('PageLambdaFunction').ReservedConcurrentExecutions).toBe(10);
  });
});

describe('events for the poll', () => {
  const lost = { 'Fn::GetAtt': ['LostEvents', 'Arn'] };

  test('come each minute and when a delivery ends', () => {
    expect(properties('PollRule')).toMatchObject({ Name: 'live-ci-test-poll', ScheduleExpression: 'rate(1 minute)' });
    expect(properties('EndedRule').EventPattern).toMatchObject({
      source: ['aws.states'],
      detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
    const permitted = ofType('AWS::Lambda::Permission').map(({ FunctionName, SourceArn }) => [FunctionName, SourceArn]);
    expect(permitted).toEqual(
      expect.arrayContaining(
        ['PollRule', 'EndedRule'].map((rule) => [{ Ref: 'PollLambdaFunction' }, { 'Fn::GetAtt': [rule, 'Arn'] }]),
      ),
    );
  });

  test('are put aside when they can not be delivered, or the poll fails on them', () => {
    for (const rule of ['PollRule', 'EndedRule'])
      for (const target of properties(rule).Targets as { DeadLetterConfig: unknown }[])
        expect(target.DeadLetterConfig).toEqual({ Arn: lost });
    expect(properties('PollEvents').DestinationConfig).toEqual({ OnFailure: { Destination: lost } });
    expect(permissions('PollRole').find(({ Sid }) => Sid === 'LostEvents')?.Resource).toEqual(lost);
    expect(statementsOf(properties('LostEventsPolicy').PolicyDocument)).toEqual([
      expect.objectContaining({ Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' }),
    ]);
  });
});

test('outputs name what people and the command line look for', () => {
  expect(Object.keys(deployment.outputs)).toEqual(
    expect.arrayContaining([
      'EnqueueProjectArn',
      'PlanProjectArn',
      'ApplyProjectArn',
      'EnqueueRoleArn',
      'PlanRoleArn',
      'ApplyRoleArn',
      'PipelineArn',
      'PipelineRoleArn',
      'BuildArn',
      'DecisionArn',
      'QueueUrl',
      'DeadLetterQueueUrl',
      'ArtifactBucketName',
      'KeyArn',
      'TopicArn',
    ]),
  );
  expect(deployment.outputs).not.toHaveProperty('ConnectionArn');
});
