/** What the gate in front of the emulator refuses, and what it lets pass: each quota of src/local/gate.py at its limit and above it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { CodeBuildClient, CreateProjectCommand, type CreateProjectCommandInput } from '@aws-sdk/client-codebuild';
import { CreatePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, DeleteObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Emulator, startEmulator } from '../../src/local/emulator.ts';
import { choosePipeline } from '../../statemachine/choose-pipeline.ts';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import { settings, statesOf } from '../support/definition.ts';
import { deliveryOf } from '../support/delivery.ts';
import { largeDelivery } from '../support/large-delivery.ts';

const kib = 1024;
const account = '000000000000';
const roleArn = `arn:aws:iam::${account}:role/any`;

let directory: string;
let emulator: Emulator;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'live-ci-gate-'));
  const environment = { LIVE_CI_ACCOUNT_QUOTAS: JSON.stringify({ 'builds at once': 2 }) };
  emulator = await startEmulator({ directory, environment });
  await prepare();
}, 60_000);
afterAll(async () => {
  await emulator?.stop();
  await rm(directory, { recursive: true, force: true });
});

const aws = () => ({
  endpoint: emulator.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});
const sfn = () => new SFNClient(aws());
const s3 = () => new S3Client({ ...aws(), forcePathStyle: true });
const sqs = () => new SQSClient(aws());
const iam = () => new IAMClient(aws());
const lambda = () => new LambdaClient(aws());

let topic: string | undefined;
let queue: string | undefined;
let fifo: string | undefined;
let machine: string;

/** What requests are about. */
async function prepare() {
  machine = await create('waits', { Wait: { Type: 'Wait', Seconds: 600, End: true } });
  topic = (await new SNSClient(aws()).send(new CreateTopicCommand({ Name: 'topic' }))).TopicArn;
  queue = (await sqs().send(new CreateQueueCommand({ QueueName: 'queue' }))).QueueUrl;
  fifo = (await sqs().send(new CreateQueueCommand({ QueueName: 'queue.fifo', Attributes: { FifoQueue: 'true' } })))
    .QueueUrl;
  await s3().send(new CreateBucketCommand({ Bucket: 'example-artifacts' }));
  await iam().send(new CreateRoleCommand({ RoleName: 'any', AssumeRolePolicyDocument: trust(200) }));
  await iam().send(new PutRolePolicyCommand({ RoleName: 'any', PolicyName: 'first', PolicyDocument: policy(5000) }));
  await lambda().send(new CreateFunctionCommand(aFunction('function', {})));
}

async function create(name: string, States: Record<string, object>): Promise<string> {
  const definition = JSON.stringify({ StartAt: Object.keys(States)[0], States });
  const { stateMachineArn = '' } = await sfn().send(new CreateStateMachineCommand({ name, definition, roleArn }));
  return stateMachineArn;
}

/** JSON of so many bytes. */
const text = (length: number) => JSON.stringify('x'.repeat(length - 2));
/** A policy of so many characters. */
const policy = (length: number) =>
  padded({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::example/' }, 'Resource', length);
const trust = (length: number) =>
  padded({ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole', Sid: '' }, 'Sid', length);

function padded(more: Record<string, unknown>, where: string, length: number): string {
  const statement: Record<string, unknown> = { Effect: 'Allow', ...more };
  const document = { Version: '2012-10-17', Statement: [statement] };
  statement[where] += 'x'.repeat(length - JSON.stringify(document).length);
  return JSON.stringify(document);
}

const one = { Only: { Type: 'Succeed' } };
const longName = (length: number) => ({ ['x'.repeat(length)]: { Type: 'Succeed' } });
const counted = (() => {
  let count = 0;
  return (word: string) => `${word}-${++count}`;
})();

const emptyZip = Buffer.from('504b0506'.padEnd(44, '0'), 'hex');

const aFunction = (name: string, Variables: Record<string, string>) => ({
  FunctionName: name,
  Role: roleArn,
  Runtime: 'nodejs24.x' as const,
  Handler: 'index.handler',
  Code: { ZipFile: emptyZip },
  Environment: { Variables },
});

function project(more: Partial<CreateProjectCommandInput> & { variable?: number; spec?: number }) {
  const { variable = 1, spec, ...rest } = more;
  return new CodeBuildClient(aws()).send(
    new CreateProjectCommand({
      name: counted('project'),
      source: { type: 'NO_SOURCE', buildspec: 'x'.repeat(spec ?? 10) },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'ARM_CONTAINER',
        image: 'image',
        computeType: 'BUILD_GENERAL1_SMALL',
        environmentVariables: [{ name: 'A', value: 'x'.repeat(variable) }],
      },
      serviceRole: roleArn,
      ...rest,
    }),
  );
}

/** A request as it is sent, of so many bytes. */
async function request(bytes: number): Promise<void> {
  const definition = JSON.stringify({ StartAt: 'Only', States: one });
  const answer = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      'x-amz-target': 'AWSStepFunctions.CreateStateMachine',
      'content-type': 'application/x-amz-json-1.0',
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/states/aws4_request',
    },
    body: JSON.stringify({ name: counted('machine'), definition, roleArn }).padEnd(bytes),
  });
  const { __type, message } = (await answer.json()) as { __type?: string; message?: string };
  if (!answer.ok) throw Object.assign(new Error(message), { name: __type });
}

const start = (more: object) =>
  sfn().send(new StartExecutionCommand({ stateMachineArn: machine, name: counted('one'), ...more }));
const put = (more: object) =>
  s3().send(new PutObjectCommand({ Bucket: 'example-artifacts', Key: 'key', Body: '{}', ...more }));
const parameter = (Tier: 'Standard' | 'Advanced', length: number) =>
  new SSMClient(aws()).send(
    new PutParameterCommand({ Name: counted('/name'), Value: 'x'.repeat(length), Type: 'String', Tier }),
  );

/** What it is, its quota, the request with so much of it, and the error of one that is over, as the SDK calls it. */
const quotas: [what: string, most: number, send: (amount: number) => Promise<unknown>, error: string][] = [
  ['bytes of a request to Step Functions, as it is sent', kib * kib, request, 'ValidationException'],
  ['bytes of an input', 256 * kib, (length) => start({ input: text(length) }), 'ValidationException'],
  [
    'letters of an input of two bytes each',
    128 * kib - 1,
    (length) => start({ input: `"${'é'.repeat(length)}"` }),
    'ValidationException',
  ],
  ['characters of a state name', 80, (length) => create(counted('machine'), longName(length)), 'InvalidDefinition'],
  ['characters of an execution name', 80, (length) => start({ name: 'x'.repeat(length) }), 'ValidationException'],
  ['characters of a variable of a build', 4096, (variable) => project({ variable }), 'InvalidInputException'],
  ['characters of a buildspec', 25_600, (spec) => project({ spec }), 'InvalidInputException'],
  [
    'builds of a project at once',
    2,
    (concurrentBuildLimit) => project({ concurrentBuildLimit }),
    'InvalidInputException',
  ],
  ['characters of a project name', 150, (length) => project({ name: 'x'.repeat(length) }), 'InvalidInputException'],
  [
    'characters of all inline policies of a role',
    10_240,
    (length) =>
      iam().send(
        new PutRolePolicyCommand({ RoleName: 'any', PolicyName: 'second', PolicyDocument: policy(length - 5000) }),
      ),
    'LimitExceededException',
  ],
  [
    'characters of a managed policy',
    6144,
    (length) => iam().send(new CreatePolicyCommand({ PolicyName: counted('policy'), PolicyDocument: policy(length) })),
    'LimitExceededException',
  ],
  [
    'characters of a trust policy',
    2048,
    (length) =>
      iam().send(new CreateRoleCommand({ RoleName: counted('role'), AssumeRolePolicyDocument: policy(length) })),
    'LimitExceededException',
  ],
  [
    'characters of a role name',
    64,
    (length) =>
      iam().send(new CreateRoleCommand({ RoleName: 'x'.repeat(length), AssumeRolePolicyDocument: trust(200) })),
    'ValidationError',
  ],
  [
    'characters of a function name',
    64,
    (length) => lambda().send(new CreateFunctionCommand(aFunction('x'.repeat(length), {}))),
    'ValidationException',
  ],
  [
    'bytes of the variables of a function',
    4 * kib,
    (length) =>
      lambda().send(new CreateFunctionCommand(aFunction(counted('function'), { AB: 'x'.repeat(length - 9) }))),
    'InvalidParameterValueException',
  ],
  [
    'reserved calls of an account that may have 1,000',
    900,
    (ReservedConcurrentExecutions) =>
      lambda().send(new PutFunctionConcurrencyCommand({ FunctionName: 'function', ReservedConcurrentExecutions })),
    'InvalidParameterValueException',
  ],
  ['bytes of a parameter', 4 * kib, (length) => parameter('Standard', length), 'ValidationException'],
  ['bytes of an advanced parameter', 8 * kib, (length) => parameter('Advanced', length), 'ValidationException'],
  [
    'bytes of a message in a queue',
    kib * kib,
    (length) => sqs().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'x'.repeat(length) })),
    'InvalidParameterValue',
  ],
  [
    'bytes of a batch of messages',
    kib * kib,
    (length) =>
      sqs().send(
        new SendMessageBatchCommand({
          QueueUrl: queue,
          Entries: [1, length - 1].map((bytes, index) => ({ Id: `${index}`, MessageBody: 'x'.repeat(bytes) })),
        }),
      ),
    'BatchRequestTooLong',
  ],
  [
    'characters of a message group',
    128,
    (length) =>
      sqs().send(
        new SendMessageCommand({
          QueueUrl: fifo,
          MessageBody: 'x',
          MessageGroupId: 'x'.repeat(length),
          MessageDeduplicationId: 'x',
        }),
      ),
    'InvalidParameterValue',
  ],
  [
    'bytes of a notification',
    256 * kib,
    (length) => new SNSClient(aws()).send(new PublishCommand({ TopicArn: topic, Message: 'x'.repeat(length) })),
    'InvalidParameterException',
  ],
  [
    'bytes of a template in a request',
    51_200,
    (length) =>
      new CloudFormationClient(aws()).send(
        new ValidateTemplateCommand({ TemplateBody: JSON.stringify(template({})).padEnd(length) }),
      ),
    'ValidationError',
  ],
  ['bytes of the key of an object', kib, (length) => put({ Key: 'x'.repeat(length) }), 'KeyTooLongError'],
  [
    'bytes of metadata of an object',
    2 * kib,
    (length) => put({ Metadata: { a: 'x'.repeat(length - 1) } }),
    'MetadataTooLarge',
  ],
];

const template = (Properties: object) => ({
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: JSON.parse(trust(200)), ...Properties } },
  },
});

test.each(quotas)('%s: %i pass, and one more is refused', async (_, most, send, error) => {
  await send(most);
  await expect(send(most + 1)).rejects.toMatchObject({ name: error });
});

test('an answer to a task is 256 KiB at most', async () => {
  const answer = (length: number) =>
    sfn().send(new SendTaskSuccessCommand({ taskToken: 'none', output: text(length) }));
  await expect(answer(256 * kib)).rejects.toMatchObject({ name: expect.not.stringContaining('Validation') });
  await expect(answer(256 * kib + 1)).rejects.toMatchObject({ name: 'ValidationException' });
});

test.each<[what: string, send: () => Promise<unknown>, error: string, words: string]>([
  ['a name with a slash', () => start({ name: 'a/b' }), 'InvalidName', "Invalid Name: 'a/b'"],
  [
    'a bucket with capitals',
    () => s3().send(new CreateBucketCommand({ Bucket: 'Example' })),
    'InvalidBucketName',
    'not valid',
  ],
  [
    'a member that is missing',
    () => start({ stateMachineArn: undefined }),
    'ValidationException',
    "Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a word that is none of those that there are',
    () => project({ environment: { type: 'ARM' as never, image: 'image', computeType: 'BUILD_GENERAL1_SMALL' } }),
    'InvalidInputException',
    "Value 'ARM' at 'environment.type' failed to satisfy constraint: Member must satisfy enum value set: [",
  ],
  [
    'a name of another form',
    () => iam().send(new CreateRoleCommand({ RoleName: 'a b', AssumeRolePolicyDocument: trust(200) })),
    'ValidationError',
    "Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern",
  ],
  [
    'a text where a number belongs',
    () => project({ timeoutInMinutes: '60' as never }),
    'SerializationException',
    'timeoutInMinutes is no integer',
  ],
  [
    'a number that is too large',
    () => project({ timeoutInMinutes: 2161 }),
    'InvalidInputException',
    'less than or equal to 2160',
  ],
])('%s is refused, and the log says so', async (_, send, error, words) => {
  await expect(send()).rejects.toMatchObject({ name: error, message: expect.stringContaining(words) });
  const told = (await readFile(emulator.log, 'utf8')).split('\n').filter((line) => line.includes('gate refused'));
  expect(told.at(-1)).toContain(error);
});

test('what CloudFormation makes is held to the same quotas', async () => {
  const PolicyDocument = JSON.parse(policy(10_241));
  const body = template({ Policies: [{ PolicyName: 'large', PolicyDocument }] });
  const client = new CloudFormationClient(aws());
  await client.send(new CreateStackCommand({ StackName: 'stack', TemplateBody: JSON.stringify(body) }));
  const said = async () =>
    (await client.send(new DescribeStackEventsCommand({ StackName: 'stack' }))).StackEvents?.find(
      ({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED',
    )?.ResourceStatusReason;
  while ((await said()) === undefined) await delay(50);
  expect(await said()).toContain('Maximum policy size of 10240 bytes exceeded for role');
}, 30_000);

describe('a definition of the product', () => {
  const publish = (machine: object) =>
    sfn().send(
      new CreateStateMachineCommand({ name: counted('machine'), definition: JSON.stringify(machine), roleArn }),
    );

  test.each([200, 300, 2000])('that is chosen for %i units is taken', async (units) => {
    await publish(choosePipeline(largeDelivery(units), settings).definition);
  });

  test('whose size nobody looks at is refused', async () => {
    await expect(publish(buildPipeline(largeDelivery(400), settings))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('of units with long paths is taken', async () => {
    const units = ['a', 'b'].map((part) => ({ path: `${part}/`.repeat(100) + part }));
    await publish(buildPipeline(deliveryOf('c'.repeat(40), units), settings));
  });

  test('begins executions under names that can be given', async () => {
    const called = statesOf(buildPipeline(largeDelivery(3), settings)).flatMap(([, state]) =>
      state?.Type === 'Task' ? (state.Parameters['Name.$'] ?? []) : [],
    );
    const input = { c: { delivery: `${'c'.repeat(12)}-1000` } };
    const names = { Names: { Type: 'Pass', Parameters: { 'all.$': `States.Array(${called.join(',')})` }, End: true } };
    const { all } = JSON.parse((await run(names, input)).output ?? '');
    expect(new Set(all).size).toBe(called.length);
    for (const name of all) await start({ name });
  }, 30_000);
});

test('a body in XML has to be there, and is not looked into', async () => {
  await put({ Key: 'gone' });
  await s3().send(new DeleteObjectsCommand({ Bucket: 'example-artifacts', Delete: { Objects: [{ Key: 'gone' }] } }));
  await expect(
    s3().send(new DeleteObjectsCommand({ Bucket: 'example-artifacts', Delete: undefined })),
  ).rejects.toMatchObject({ message: expect.stringContaining("'delete'") });
});

test('an object is written on a condition', async () => {
  const { ETag } = await put({ Key: 'condition', IfNoneMatch: '*' });
  await expect(put({ Key: 'condition', IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await put({ Key: 'condition', IfMatch: ETag, Body: '[]' });
  await expect(put({ Key: 'condition', IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

/** How an execution ends. */
async function run(states: Record<string, object>, input: unknown = {}) {
  const stateMachineArn = await create(counted('machine'), states);
  const { executionArn } = await start({ stateMachineArn, input: JSON.stringify(input) });
  for (;;) {
    const execution = await sfn().send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING') return execution;
    await delay(50);
  }
}

test('the name of an execution is given once: with the same input, while it runs, it is the same one', async () => {
  const [name, input] = ['once', '{"a":1}'];
  const first = await start({ name, input });
  expect(await start({ name, input })).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
  await expect(start({ name, input: '{"a":2}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  await sfn().send(new StopExecutionCommand({ executionArn: first.executionArn }));
  await expect(start({ name, input })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
});

test('the same holds for an execution that a task starts and waits for', async () => {
  const inner = await create('inner', {
    Wait: { Type: 'Wait', Seconds: 1, Next: 'End' },
    End: { Type: 'Pass', Result: 7, End: true },
  });
  const call = (Name: string) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: { StateMachineArn: inner, Name, Input: {} },
  });
  const branch = { StartAt: 'Call', States: { Call: { ...call('twice'), OutputPath: '$.Output', End: true } } };
  const both = await run({ Both: { Type: 'Parallel', Branches: [branch, branch], End: true } });
  expect(both).toMatchObject({ status: 'SUCCEEDED', output: '[7, 7]' });
  const late = await run({ Call: { ...call('twice'), End: true } });
  expect(late).toMatchObject({ status: 'FAILED', error: 'StepFunctions.ExecutionAlreadyExistsException' });
}, 30_000);

test('data of an execution is 256 KiB at most', async () => {
  const twice = { Twice: { Type: 'Pass', Parameters: { 'a.$': '$', 'b.$': '$' }, End: true } };
  const of = (length: number) => run(twice, 'x'.repeat(length));
  const around = '{"a":"","b":""}'.length;
  expect((await of((256 * kib - around - 1) / 2)).status).toBe('SUCCEEDED');
  expect(await of((256 * kib - around + 1) / 2)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
}, 30_000);

test('an execution has 25,000 events at most', async () => {
  expect(await run({ Again: { Type: 'Pass', Next: 'Again' } })).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: expect.stringContaining('25000'),
  });
}, 120_000);

test('a comparison of what is not there ends an execution; null is there, and a blank text is read as null', async () => {
  const choice = (test: object) => ({
    Which: { Type: 'Choice', Choices: [{ ...test, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    No: { Type: 'Pass', Result: 'no', End: true },
  });
  const compared = await run(choice({ Variable: '$.a.b', StringEquals: 'x' }), { a: {} });
  expect(compared).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  expect((await run(choice({ Variable: '$.a', IsPresent: true }), { a: null })).output).toBe('"yes"');
  expect((await run(choice({ Variable: '$.b', IsPresent: true }), { a: null })).output).toBe('"no"');
  expect((await run(choice({ Variable: '$.a', StringEquals: 'x' }), { a: null })).output).toBe('"no"');
  const parse = { Parse: { Type: 'Pass', Parameters: { 'json.$': 'States.StringToJson($.text)' }, End: true } };
  expect((await run(parse, { text: ' ' })).output).toBe('{"json": null}');
}, 30_000);
