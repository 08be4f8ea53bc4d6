/** Each setting of the configuration, in the template that is packaged with everything set. */
import { addressName } from '../../../src/notifications/address-name.ts';

import { everythingSet } from '../../support/everything-set.ts';
import { type Packaged, packaged, permissionsOf, statementsOf } from '../../support/packaged.ts';

let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged(everythingSet);
});
afterAll(() => deployment[Symbol.asyncDispose]());

type Properties = Record<string, unknown>;
const properties = (name: string) => deployment.resources[name]?.Properties as Properties;
const ofType = (type: string) => Object.values(deployment.resources).filter(({ Type }) => Type === type);
const valuesOf = (type: string, property: string) => ofType(type).map(({ Properties }) => Properties[property]);

const statements = (role: string) => permissionsOf(deployment, role);
const statement = (role: string, sid: string) => statements(role).find(({ Sid }) => Sid === sid);
const sub = (text: string) => ({ 'Fn::Sub': text });
const parameterArn = (name: string) =>
  sub(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${name}`);

test('what exists is not made: bucket, key, topic, role of the pipeline', () => {
  const { resources } = deployment;
  for (const name of [
    'ArtifactBucket',
    'ArtifactBucketPolicy',
    'Key',
    'KeyAlias',
    'Topic',
    'TopicPolicy',
    'PipelineRole',
  ])
    expect(resources).not.toHaveProperty(name);
  const text = JSON.stringify([resources, deployment.outputs]);
  expect(text).not.toMatch(
    /"Ref":"(ArtifactBucket|Key|Topic)"|\$\{ArtifactBucket|"Fn::GetAtt":\["(ArtifactBucket|Key|PipelineRole)"/,
  );
});

const environment = (name: string) => properties(name).Environment as Properties & { EnvironmentVariables: unknown[] };

describe('region, repository and branch', () => {
  test('the stack is deployed to the region', () => {
    expect(deployment.region).toBe('eu-west-1');
  });

  test('builds clone the newest commit of the repository through the connection, and may do no more with that', () => {
    for (const { Properties } of ofType('AWS::CodeBuild::Project'))
      expect(Properties.Source).toMatchObject({
        Type: 'GITHUB',
        Location: 'https://github.com/example-org/live.git',
        GitCloneDepth: 1,
        Auth: { Type: 'CODECONNECTIONS', Resource: everythingSet.github?.connectionArn },
      });
    for (const role of ['EnqueueRole', 'PlanRole', 'ApplyRole'])
      expect(statement(role, 'Connection')).toMatchObject({
        Action: ['codeconnections:GetConnectionToken', 'codeconnections:GetConnection'],
        Resource: everythingSet.github?.connectionArn,
      });
    expect(deployment.outputs.ConnectionArn?.Value).toBe(everythingSet.github?.connectionArn);
  });

  test('plans and applies have the submodules; where pull requests are looked at, CodeBuild fetches none', () => {
    for (const name of ['PlanProject', 'ApplyProject'])
      expect(properties(name).Source).toMatchObject({ GitSubmodulesConfig: { FetchSubmodules: true } });
    expect(properties('EnqueueProject').Source).not.toHaveProperty('GitSubmodulesConfig');
  });

  test('the token is a reference to its parameter, which the builds that get it may read', () => {
    const token = { Name: 'LIVE_CI_GITHUB_TOKEN', Value: '/network/github-token', Type: 'PARAMETER_STORE' };
    for (const kind of ['Enqueue', 'Plan', 'Apply']) {
      expect(environment(`${kind}Project`).EnvironmentVariables).toContainEqual(token);
      expect(statement(`${kind}Role`, 'Parameters')?.Resource).toContainEqual(parameterArn('network/github-token'));
    }
  });

  test("filter groups are the webhook's, and pull requests wait as they are told to", () => {
    expect(properties('EnqueueProject').Triggers).toEqual({
      Webhook: true,
      FilterGroups: [
        [
          { Type: 'EVENT', Pattern: 'PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED' },
          { Type: 'BASE_REF', Pattern: '^refs/heads/production$' },
          { Type: 'ACTOR_ACCOUNT_ID', Pattern: '^1234567$', ExcludeMatchedPattern: true },
          { Type: 'FILE_PATH', Pattern: '^prod/' },
        ],
        [
          { Type: 'EVENT', Pattern: 'PUSH' },
          { Type: 'HEAD_REF', Pattern: '^refs/heads/production$' },
          { Type: 'COMMIT_MESSAGE', Pattern: '\\[skip\\]', ExcludeMatchedPattern: true },
        ],
      ],
      PullRequestBuildPolicy: {
        RequiresCommentApproval: 'ALL_PULL_REQUESTS',
        ApproverRoles: ['GITHUB_WRITE', 'GITHUB_MAINTAIN', 'GITHUB_ADMIN'],
      },
    });
  });
});

describe('roles', () => {
  test('have the path, the boundary and the tags', () => {
    const roles = ofType('AWS::IAM::Role');
    expect(roles).toHaveLength(12);
    for (const { Properties } of roles)
      expect(Properties).toMatchObject({
        Path: '/delivery/',
        PermissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
        Tags: [{ Key: 'of', Value: 'roles' }],
      });
  });

  test.each([
    ['PlanRole', 'network-plan', 7200, 'ReadOnlyAccess', 'read'],
    ['ApplyRole', 'network-apply', 10800, 'PowerUserAccess', 'write'],
  ])('%s has its name, session, policies and the roles that it may assume', (role, name, seconds, policy, assumed) => {
    expect(properties(role)).toMatchObject({
      RoleName: name,
      MaxSessionDuration: seconds,
      ManagedPolicyArns: [`arn:aws:iam::aws:policy/${policy}`],
    });
    expect(statement(role, 'Assume')).toEqual({
      Sid: 'Assume',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: [`arn:aws:iam::123456789012:role/${assumed}`, `arn:aws:iam::210987654321:role/${name}`],
    });
  });

  test('the pipeline runs as the role that exists, and the poll may pass no other', () => {
    const role = 'arn:aws:iam::123456789012:role/pipeline';
    const pipeline = ofType('AWS::StepFunctions::StateMachine').find(
      ({ Properties }) => Properties.StateMachineName === 'deliver',
    );
    expect(pipeline?.Properties.RoleArn).toBe(role);
    expect(statement('PollRole', 'RunAsThePipeline')?.Resource).toBe(role);
    expect(deployment.outputs.PipelineRoleArn?.Value).toBe(role);
  });
});

describe('at rest', () => {
  const key = everythingSet.kmsKeyArn;

  test('everything is under the key', () => {
    for (const keys of [
      valuesOf('AWS::SQS::Queue', 'KmsMasterKeyId'),
      valuesOf('AWS::Logs::LogGroup', 'KmsKeyId'),
      valuesOf('AWS::CodeBuild::Project', 'EncryptionKey'),
    ])
      expect(new Set(keys)).toEqual(new Set([key]));
    expect(deployment.outputs.KeyArn?.Value).toBe(key);
  });

  test('whoever reads or writes the bucket may use the key, and nobody else', () => {
    const roles = Object.keys(deployment.resources).filter(
      (name) => deployment.resources[name]?.Type === 'AWS::IAM::Role',
    );
    const using = (actions: RegExp) =>
      roles.filter((role) => statements(role).some(({ Action }) => [Action].flat().some((one) => actions.test(one))));
    const ofTheKey = roles.filter((role) => statement(role, 'Key')?.Resource === key);
    expect(ofTheKey.sort()).toEqual(using(/^(s3:(Get|Put)|sqs:)/).sort());
  });

  test('permissions and variables name the bucket', () => {
    expect(deployment.outputs.ArtifactBucketName?.Value).toBe('example-org-artifacts');
    expect(statement('FinishRole', 'TellMissingFromForbidden')?.Resource).toEqual(
      sub('arn:${AWS::Partition}:s3:::example-org-artifacts'),
    );
    for (const { Properties } of ofType('AWS::Lambda::Function'))
      expect(Properties.Environment).toMatchObject({ Variables: { LIVE_CI_BUCKET: 'example-org-artifacts' } });
  });
});

describe('builds', () => {
  test('are named, tagged and sized', () => {
    expect(valuesOf('AWS::CodeBuild::Project', 'Name')).toEqual(['network-enqueue', 'network-plan', 'network-apply']);
    for (const tags of valuesOf('AWS::CodeBuild::Project', 'Tags'))
      expect(tags).toEqual([{ Key: 'of', Value: 'builds' }]);
    for (const name of ['PlanProject', 'ApplyProject'])
      expect(environment(name)).toMatchObject({ Type: 'LINUX_CONTAINER', ComputeType: 'BUILD_GENERAL1_LARGE' });
    expect(properties('PlanProject').ConcurrentBuildLimit).toBe(3);
    expect(properties('ApplyProject').ConcurrentBuildLimit).toBe(4);
  });

  test("run in the account's own image, which their roles may pull", () => {
    for (const { Properties } of ofType('AWS::CodeBuild::Project'))
      expect(Properties.Environment).toMatchObject({
        Image: everythingSet.build?.image,
        ImagePullCredentialsType: 'SERVICE_ROLE',
      });
    for (const role of ['EnqueueRole', 'PlanRole', 'ApplyRole'])
      expect(statement(role, 'PullImage')?.Resource).toEqual(
        sub('arn:${AWS::Partition}:ecr:eu-west-1:123456789012:repository/tools/terraform'),
      );
  });

  test('install what is said before the command line, and choose no Node where the image is not of CodeBuild', () => {
    for (const { Properties } of ofType('AWS::CodeBuild::Project')) {
      const { install } = JSON.parse((Properties.Source as { BuildSpec: string }).BuildSpec).phases;
      expect(install).not.toHaveProperty('runtime-versions');
      const words = install.commands.map((command: string) => command.split(' ')[0]);
      expect(words).toEqual(['mkdir', 'export', 'make', 'printf', 'chmod']);
    }
  });

  test('of plans and applies have the variables, by reference where they are secret, and may read just these', () => {
    for (const name of ['PlanProject', 'ApplyProject'])
      expect(environment(name).EnvironmentVariables).toEqual(
        expect.arrayContaining([
          { Name: 'TF_LOG', Value: 'INFO', Type: 'PLAINTEXT' },
          { Name: 'DNS_TOKEN', Value: '/network/dns-token', Type: 'PARAMETER_STORE' },
          { Name: 'DATABASE_PASSWORD', Value: 'network/database:password', Type: 'SECRETS_MANAGER' },
        ]),
      );
    const names = environment('EnqueueProject').EnvironmentVariables.map((one) => (one as { Name: string }).Name);
    expect(names.filter((name) => !name.startsWith('LIVE_CI_'))).toEqual([]);
    const parameter = [parameterArn('network/dns-token'), parameterArn('network/github-token')];
    const secret = [
      sub('arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:network/database-??????'),
    ];
    for (const role of ['PlanRole', 'ApplyRole']) {
      expect(statement(role, 'Parameters')).toMatchObject({ Action: 'ssm:GetParameters', Resource: parameter });
      expect(statement(role, 'DecryptParameters')?.Condition).toEqual({
        StringEquals: { 'kms:ViaService': sub('ssm.${AWS::Region}.amazonaws.com') },
        StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parameter },
      });
      expect(statement(role, 'Secrets')).toMatchObject({ Action: 'secretsmanager:GetSecretValue', Resource: secret });
    }
    expect(statement('EnqueueRole', 'Secrets')).toBeUndefined();
  });

  test('keep nothing where they are told to', () => {
    for (const name of ['PlanProject', 'ApplyProject']) expect(properties(name).Cache).toEqual({ Type: 'NO_CACHE' });
    for (const role of ['PlanRole', 'ApplyRole']) expect(statement(role, 'Cache')).toBeUndefined();
  });
});

describe('names', () => {
  test('of state machines, with their tags', () => {
    const machines = ofType('AWS::StepFunctions::StateMachine');
    expect(machines.map(({ Properties }) => Properties.StateMachineName)).toEqual([
      'deliver',
      'build-one',
      'decide-one',
    ]);
    for (const { Properties } of machines)
      expect(Properties.Tags).toContainEqual({ Key: 'of', Value: 'state machines' });
  });

  test('of Lambdas and their log groups', () => {
    const names = valuesOf('AWS::Lambda::Function', 'FunctionName') as string[];
    expect(names).toEqual([...Object.values(everythingSet.functions ?? {}), 'network-page']);
    expect(valuesOf('AWS::Logs::LogGroup', 'LogGroupName')).toEqual(
      expect.arrayContaining(names.map((name) => `/aws/lambda/${name}`)),
    );
  });

  test('of the rule that polls, with its rate', () => {
    expect(properties('PollRule')).toMatchObject({ Name: 'network-clock', ScheduleExpression: 'rate(5 minutes)' });
  });
});

test('the page reads the signing key from its parameter', () => {
  const { Variables } = properties('PageLambdaFunction').Environment as { Variables: Properties };
  expect(Variables.LIVE_CI_SIGNING_KEY).toBe('/network/signing-key');
  expect(statement('PageRole', 'SigningKey')?.Resource).toEqual(parameterArn('network/signing-key'));
  expect(deployment.outputs.SigningKeyParameter?.Value).toBe('/network/signing-key');
});

test('no call is reserved for polls or for the page where none can be', () => {
  expect(
    valuesOf('AWS::Lambda::Function', 'ReservedConcurrentExecutions').filter((calls) => calls !== undefined),
  ).toEqual([]);
});

test('log groups keep as many days as is said', () => {
  const days = valuesOf('AWS::Logs::LogGroup', 'RetentionInDays');
  expect(days).toHaveLength(12);
  expect(new Set(days)).toEqual(new Set([30]));
});

describe('notifications', () => {
  const { topicArn, emails } = everythingSet.notifications ?? {};

  test('every alarm goes to the topic that exists, and every address is subscribed to it', () => {
    for (const { Properties } of ofType('AWS::CloudWatch::Alarm'))
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[topicArn], [topicArn]]);
    expect(properties('QueueAgeAlarm').Threshold).toBe(30 * 60);
    expect(ofType('AWS::SNS::Subscription').map(({ Properties }) => Properties)).toEqual(
      emails?.map((Endpoint) => ({ TopicArn: topicArn, Protocol: 'email', Endpoint })),
    );
  });

  const approvers = ['linus@example.org', 'ada@example.org'];
  const topicOf = (approver: string) => `ApproverTopic${addressName(approver)}`;
  const policyOf = (approver: string) => `ApproverTopicPolicy${addressName(approver)}`;

  test('every approver, however the address is written, has one topic of their own, under the key', () => {
    expect(
      Object.keys(deployment.resources)
        .filter((name) => name.startsWith('ApproverTopic'))
        .sort(),
    ).toEqual(approvers.flatMap((approver) => [topicOf(approver), policyOf(approver)]).sort());
    for (const approver of approvers)
      expect(properties(topicOf(approver))).toEqual({
        TopicName: `live-ci-test-approver-${addressName(approver)}`,
        KmsMasterKeyId: everythingSet.kmsKeyArn,
        Subscription: [{ Protocol: 'email', Endpoint: approver }],
      });
  });

  test("nothing but an approver's own address can be subscribed to the topic of that approver", () => {
    for (const approver of approvers) {
      const denied = statementsOf(properties(policyOf(approver)).PolicyDocument);
      expect(denied.map(({ Effect, Action, Principal, Condition }) => [Effect, Action, Principal, Condition])).toEqual([
        ['Deny', 'sns:Publish', '*', { Bool: { 'aws:SecureTransport': 'false' } }],
        ['Deny', 'sns:Subscribe', '*', { StringNotEquals: { 'sns:Protocol': 'email' } }],
        ['Deny', 'sns:Subscribe', '*', { StringNotEqualsIgnoreCase: { 'sns:Endpoint': approver } }],
      ]);
      expect(properties(policyOf(approver)).Topics).toEqual([{ Ref: topicOf(approver) }]);
    }
  });

  test('the poll may tell approvers, sign links, and read the URLs of the webhooks, which are nowhere in the template', () => {
    const { Variables } = properties('PollLambdaFunction').Environment as { Variables: Properties };
    const topics = 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:live-ci-test-approver-';
    expect(Variables.LIVE_CI_APPROVER_TOPICS).toEqual(sub(topics));
    expect(statement('PollRole', 'TellApprovers')?.Resource).toEqual(sub(`${topics}*`));
    expect(statement('PollRole', 'SigningKey')?.Resource).toEqual(parameterArn('network/signing-key'));
    expect(statement('PollRole', 'Parameters')).toMatchObject({
      Action: 'ssm:GetParameter',
      Resource: [parameterArn('network/slack')],
    });
    expect(statement('PollRole', 'References')?.Resource).toEqual([
      parameterArn('aws/reference/secretsmanager/network/teams'),
    ]);
    expect(statement('PollRole', 'Secrets')?.Resource).toEqual([
      sub('arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:network/teams-??????'),
    ]);
    expect(JSON.stringify(Variables)).not.toContain('teams');
  });
});

test('the stack has the tags, which CloudFormation puts on everything in it', () => {
  expect(deployment.stackTags).toEqual({ team: 'network' });
});

test('builds, approvals and their waiting have the timeouts', () => {
  const definitions = ofType('AWS::StepFunctions::StateMachine')
    .filter(({ Properties }) => Properties.StateMachineName === 'build-one')
    .map(({ Properties }) => Properties.DefinitionString as { 'Fn::Sub': [string, object] });
  const { States } = JSON.parse(definitions[0]?.['Fn::Sub'][0] ?? '');
  expect(States['Run plan'].TimeoutSeconds).toBe((480 + 30 + 30 + 10) * 60);
  expect(States['Run apply'].TimeoutSeconds).toBe((480 + 45 + 30 + 10) * 60);
  expect(properties('PlanProject').TimeoutInMinutes).toBe(30 + 30);
  expect(properties('ApplyProject').TimeoutInMinutes).toBe(45 + 30);
  expect(States.Ask.TimeoutSeconds).toBe(24 * 3600);
});
