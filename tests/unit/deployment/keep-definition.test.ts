import { startingPointer } from '../../../src/delivery/pointer.ts';
import { keepDefinition } from '../../../src/deployment/keep-definition.ts';
import type { Template } from '../../../src/deployment/target.ts';
import { s3Error } from '../../support/aws-endpoint.ts';
import { actionOf, noStack, stackAnswer, targetThatAnswers } from '../../support/deployment-target.ts';

const template: Template = {
  Resources: {
    Pipeline: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: 'live-ci-test-pipeline',
        DefinitionString: '{"Comment":"Idle"}',
        RoleArn: 'role',
      },
    },
    Build: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineName: 'live-ci-test-build', DefinitionString: '{}' },
    },
  },
};

const running = { delivery: 'new-1', phase: 'started', execution: 'arn', stateMachineVersion: 'arn:1' };
const definition =
  '{"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:live-ci-test-build","FunctionName":"live-ci-test-finish"}';

/** A stack whose bucket has these objects. */
const stackWith = (objects: Record<string, string>, settings: object = {}) =>
  targetThatAnswers((call) => {
    if (actionOf(call) === 'DescribeStacks') return stackAnswer({ ArtifactBucketName: 'artifacts' });
    const body = objects[call.name.replace('GET /artifacts/', '')];
    return body === undefined ? s3Error(404, 'NoSuchKey') : { body, headers: { etag: '"1"' } };
  }, settings);

const pointer = (facts: object) => ({ 'pipeline/state.json': JSON.stringify({ ...startingPointer, ...facts }) });

const at = (delivery: string) => ({ Bucket: 'artifacts', Key: `deliveries/${delivery}/definition.json` });

test('the first deployment has the idle definition, and so has one before the first delivery', async () => {
  await using first = await targetThatAnswers(() => noStack);
  expect(await keepDefinition(template, first.target)).toEqual(template);
  await using idle = await stackWith({});
  expect(await keepDefinition(template, idle.target)).toEqual(template);
});

test('a later one has that of the delivery that runs, in place of the idle one and of nothing else', async () => {
  const objects = { ...pointer({ running, last: 'old-1' }), 'deliveries/new-1/definition.json': definition };
  await using stack = await stackWith(objects);
  expect(await keepDefinition(template, stack.target)).toEqual({
    Resources: {
      ...template.Resources,
      Pipeline: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'live-ci-test-pipeline',
          RoleArn: 'role',
          DefinitionS3Location: at('new-1'),
        },
      },
    },
  });
});

test.each([
  [
    'the halted one, where none runs',
    { halted: { delivery: 'bad-1', reason: 'x', since: '2026-01-01T00:00:00Z' }, last: 'bad-1' },
    'bad-1',
  ],
  ['the last one, where none runs or is halted', { last: 'old-1' }, 'old-1'],
  [
    'the last one, where the next is only announced',
    { running: { ...running, delivery: 'announced-1', phase: 'intended' }, last: 'old-1' },
    'old-1',
  ],
])('it has that of %s', async (_, facts, delivery) => {
  await using stack = await stackWith({ ...pointer(facts), [`deliveries/${delivery}/definition.json`]: '{}' });
  const kept = await keepDefinition(template, stack.target);
  expect(kept.Resources.Pipeline?.Properties?.DefinitionS3Location).toEqual(at(delivery));
});

test('it has the idle one again when that of the last delivery has expired', async () => {
  await using stack = await stackWith(pointer({ last: 'old-1' }));
  expect(await keepDefinition(template, stack.target)).toEqual(template);
});

test('new names for what a delivery calls are refused while it runs, and taken when it has ended', async () => {
  const renamed = { functions: { finish: 'example-finish' } };
  const objects = { 'deliveries/new-1/definition.json': definition };
  await using busy = await stackWith({ ...pointer({ running }), ...objects }, renamed);
  await expect(keepDefinition(template, busy.target)).rejects.toThrow(
    'Delivery new-1 runs, and calls what would have another name now: live-ci-test-finish.',
  );
  await using ended = await stackWith({ ...pointer({ last: 'new-1' }), ...objects }, renamed);
  await expect(keepDefinition(template, ended.target)).resolves.toMatchObject({ Resources: {} });
});
