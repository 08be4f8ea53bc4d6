/** What comes after the first deployment: another one while a delivery runs, a new signing key, removal, and a stack of the same name again. */
import { CloudFormationClient, paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { jest } from '@jest/globals';
import { parseSigningKeys, signingKey, verifyingKey } from '../../src/approval/signing-key.ts';
import { readParameter } from '../../src/aws/parameter.ts';
import { readExpected } from '../../src/aws/stored.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import { deliverySchema } from '../../src/model.ts';
import { liveCi } from '../support/command-line.ts';
import { endings, type LocalPipeline, startLocalPipeline, terraformUnit } from '../support/local-pipeline.ts';

jest.setTimeout(300_000);

let pipeline: LocalPipeline;
let aws: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
beforeAll(async () => {
  pipeline = await startLocalPipeline();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  aws = { endpoint: pipeline.stack.endpoint, region: 'us-east-1', credentials };
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const app = (value: string) => terraformUnit(pipeline.repository.states, 'app', { value });

async function definitionThere(): Promise<string | undefined> {
  const asked = new DescribeStateMachineCommand({ stateMachineArn: pipeline.stack.pipelineArn });
  return (await new SFNClient(aws).send(asked)).definition;
}

const definitionOf = async (delivery: string) =>
  (await pipeline.bucket.read(bucketKeys.definition(delivery)))?.body.toString('utf8');

const settingsOf = async (delivery: string) =>
  (await readExpected(pipeline.bucket, bucketKeys.delivery(delivery), deliverySchema)).settings;

async function buckets(): Promise<(string | undefined)[]> {
  return ((await pipeline.s3.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);
}

const signingKeys = async () =>
  parseSigningKeys((await readParameter(new SSMClient(aws), '/live-ci-local/signing-key')) ?? '');

/** Logical ids of what the stack took up instead of making it. */
async function imported(): Promise<(string | undefined)[]> {
  const client = new CloudFormationClient(aws);
  const ids = [];
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: 'live-ci-local' }))
    for (const event of StackEvents) if (event.ResourceStatus === 'IMPORT_COMPLETE') ids.push(event.LogicalResourceId);
  return ids;
}

let waiting: string;

test('a stack that is deployed again while a delivery waits changes nothing of it', async () => {
  expect(await definitionThere()).toContain('Idle');
  const commit = await pipeline.repository.commit(app('one'));
  const before = await pipeline.until(commit, ({ units }) => units[0]?.state === 'waiting-for-approval');
  waiting = before.delivery;
  const key = await signingKeys();
  await pipeline.redeploy('alarms: {queueAgeMinutes: 30}\ntags: {team: platform}\ntimeouts: {planMinutes: 7}\n');
  expect(await definitionThere()).toBe(await definitionOf(waiting));
  expect((await readPointer(pipeline.bucket)).value.running?.delivery).toBe(waiting);
  expect(await signingKeys()).toEqual(key);
});

test('it is not removed under the delivery', async () => {
  await expect(pipeline.remove()).rejects.toThrow(`Delivery ${waiting} runs, and would be cut off`);
});

test('the delivery goes on to its end as it began, and the next one begins with what was configured meanwhile', async () => {
  const first = await pipeline.follow(await pipeline.tip());
  expect(first).toMatchObject({ delivery: waiting, state: 'ended' });
  expect(endings(first)).toEqual({ app: 'applied' });
  const second = await pipeline.follow(await pipeline.repository.commit(app('two')));
  expect(endings(second)).toEqual({ app: 'applied' });
  expect((await settingsOf(first.delivery)).timeouts.planMinutes).toBe(60);
  expect((await settingsOf(second.delivery)).timeouts.planMinutes).toBe(7);
  expect(await definitionThere()).toBe(await definitionOf(second.delivery));
});

test('the key that signs links is rotated by a command, and revoked by another', async () => {
  const old = signingKey(await signingKeys());
  const run = (...words: string[]) => liveCi(pipeline.repository.states, words, pipeline.stack.environment);
  expect(await run('rotate-key', '--yes')).toMatchObject({ code: 0, out: expect.stringContaining('stay valid') });
  const rotated = await signingKeys();
  expect(signingKey(rotated).id).not.toBe(old.id);
  expect(verifyingKey(rotated, old.id, new Date())).toEqual(old);
  expect(await run('rotate-key', '--revoke', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringContaining('worthless'),
  });
  expect(verifyingKey(await signingKeys(), old.id, new Date())).toBeUndefined();
});

test('a command line that is older than the deployment is refused before it does anything', async () => {
  const { bucket, repository, stack } = pipeline;
  const pointer = await bucket.read(bucketKeys.pointer);
  await bucket.write(bucketKeys.pointer, JSON.stringify({ version: 1_000_000 }));
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = stack.environment;
  const aws = { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  const words = ['log', 'app', '--delivery', waiting, '--stage', 'local'];
  expect(await liveCi(repository.states, words, aws)).toMatchObject({
    code: 1,
    error: expect.stringContaining('install the version that is deployed'),
  });
  await bucket.write(bucketKeys.pointer, pointer?.body ?? '');
  expect(await liveCi(repository.states, words, aws)).toMatchObject({ code: 0 });
});

test('a removed stack leaves its bucket, and a new one takes it up and goes on where the old one ended', async () => {
  const { last, sequence } = (await readPointer(pipeline.bucket)).value;
  await pipeline.remove();
  expect(await buckets()).toEqual([pipeline.stack.bucket]);
  expect(await readParameter(new SSMClient(aws), '/live-ci-local/signing-key')).toBeUndefined();
  await pipeline.redeploy('artifacts: {removeWithStack: true}\n');
  expect(await imported()).toContain('ArtifactBucket');
  expect((await readPointer(pipeline.bucket)).value).toMatchObject({ last, sequence });
  const next = await pipeline.follow(await pipeline.repository.commit(app('three')));
  expect(endings(next)).toEqual({ app: 'applied' });
});

test('a stack that was deployed so takes its bucket with it, with every version of every object', async () => {
  await pipeline.remove();
  expect(await buckets()).toEqual([]);
});
