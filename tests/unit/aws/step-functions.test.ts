import { SFNClient } from '@aws-sdk/client-sfn';
import { AwsStepFunctions } from '../../../src/delivery/step-functions.ts';
import { DeliveryError } from '../../../src/errors.ts';
import { type Answer, awsEndpoint, awsError, type Call } from '../../support/aws-endpoint.ts';

const arn = 'arn:aws:states:us-east-1:123456789012:stateMachine:pipeline';

async function stepFunctionsThatAnswer(answers: Record<string, Answer | ((call: Call) => Answer)>) {
  const endpoint = await awsEndpoint((call) => {
    const answer = answers[call.name];
    return (typeof answer === 'function' ? answer(call) : answer) ?? awsError('UnknownOperation', call.name);
  });
  return {
    calls: endpoint.calls,
    stepFunctions: new AwsStepFunctions(new SFNClient(endpoint.settings), arn),
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

describe('publishing', () => {
  const valid = { ValidateStateMachineDefinition: { body: { result: 'OK', diagnostics: [] } } };

  test('answers with the version that holds the definition', async () => {
    const version = { stateMachineVersionArn: `${arn}:7`, updateDate: 1 };
    await using aws = await stepFunctionsThatAnswer({ ...valid, UpdateStateMachine: { body: version } });
    expect(await aws.stepFunctions.publish('{}', 'x'.repeat(300))).toBe(`${arn}:7`);
    expect(aws.calls.at(-1)?.input).toEqual({
      stateMachineArn: arn,
      definition: '{}',
      publish: true,
      versionDescription: 'x'.repeat(256),
    });
  });

  test('is refused with what Step Functions says of an invalid definition', async () => {
    const diagnostics = [{ severity: 'ERROR', code: 'X', message: 'no StartAt' }];
    await using aws = await stepFunctionsThatAnswer({
      ValidateStateMachineDefinition: { body: { result: 'FAIL', diagnostics } },
    });
    await expect(aws.stepFunctions.publish('{}', 'x')).rejects.toThrow('refuses the definition: no StartAt');
    expect(aws.calls).toHaveLength(1);
  });

  const sized = (bytes: number) => JSON.stringify({ Comment: 'a'.repeat(bytes) });
  const most = 1_048_576;
  /** Step Functions, which takes requests of 1 MB. */
  const bounded = (answer: Answer) => (call: Call) =>
    Buffer.byteLength(JSON.stringify(call.input)) > most
      ? awsError('ValidationException', 'the request is longer than 1048576 bytes')
      : answer;

  test.each([
    [900_000, 'takes'],
    [1_000_000, 'takes'],
    [1_100_000, 'refuses for good'],
  ])('a definition of %d bytes is one that Step Functions %s', async (bytes, does) => {
    await using aws = await stepFunctionsThatAnswer({
      ValidateStateMachineDefinition: bounded({ body: { result: 'OK', diagnostics: [] } }),
      UpdateStateMachine: bounded({ body: { stateMachineVersionArn: `${arn}:7`, updateDate: 1 } }),
    });
    const published = await aws.stepFunctions.publish(sized(bytes), 'x').catch((caught: unknown) => caught);
    if (does === 'takes') expect(published).toBe(`${arn}:7`);
    else {
      expect(published).toBeInstanceOf(DeliveryError);
      expect(String(published)).toContain('Set inlineUnits to less than the delivery has units');
    }
  });

  test.each([
    ['ValidationException', 400, true],
    ['InvalidDefinition', 400, true],
    ['SomethingElse', 413, true],
    ['ThrottlingException', 400, false],
    ['InternalFailure', 500, false],
  ])('%s (%d) of the update halts: %s', async (name, status, halts) => {
    await using aws = await stepFunctionsThatAnswer({
      ...valid,
      UpdateStateMachine: { ...awsError(name, 'no'), status },
    });
    const error = await aws.stepFunctions.publish('{}', 'x').catch((caught: unknown) => caught);
    expect(error instanceof DeliveryError).toBe(halts);
    expect(String(error)).toContain('no');
  });

  test('without a version fails, and is no reason to halt: it is done again', async () => {
    await using aws = await stepFunctionsThatAnswer({ ...valid, UpdateStateMachine: { body: { updateDate: 1 } } });
    const error = await aws.stepFunctions.publish('{}', 'x').catch((caught: unknown) => caught);
    expect(error).toEqual(expect.objectContaining({ message: expect.stringContaining('the next poll publishes it') }));
    expect(error).not.toBeInstanceOf(DeliveryError);
  });
});

describe('starting', () => {
  test('answers with the execution', async () => {
    const executionArn = 'arn:aws:states:us-east-1:123456789012:execution:pipeline:0123456789ab-1';
    await using aws = await stepFunctionsThatAnswer({ StartExecution: { body: { executionArn, startDate: 1 } } });
    expect(await aws.stepFunctions.start(`${arn}:7`, '0123456789ab-1', '{}')).toBe(executionArn);
    expect(aws.calls[0]?.input).toEqual({ stateMachineArn: `${arn}:7`, name: '0123456789ab-1', input: '{}' });
  });

  test('twice is starting once', async () => {
    await using aws = await stepFunctionsThatAnswer({ StartExecution: awsError('ExecutionAlreadyExists') });
    expect(await aws.stepFunctions.start(`${arn}:8`, '0123456789ab-1', '{}')).toBe(
      'arn:aws:states:us-east-1:123456789012:execution:pipeline:0123456789ab-1',
    );
  });

  test('that fails otherwise is an error', async () => {
    await using aws = await stepFunctionsThatAnswer({ StartExecution: awsError('StateMachineDoesNotExist') });
    await expect(aws.stepFunctions.start(`${arn}:8`, 'x', '{}')).rejects.toThrow('StateMachineDoesNotExist');
  });
});

describe('answering a task', () => {
  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])(
    'that no longer waits is no error: %s',
    async (name) => {
      await using aws = await stepFunctionsThatAnswer({
        SendTaskSuccess: awsError(name),
        SendTaskFailure: awsError(name),
      });
      expect(await aws.stepFunctions.answer('token', { a: 1 })).toBe(false);
      await aws.stepFunctions.fail('token', 'Error', 'cause');
    },
  );

  test('gives it the answer as JSON', async () => {
    await using aws = await stepFunctionsThatAnswer({ SendTaskSuccess: { body: {} } });
    expect(await aws.stepFunctions.answer('token', { a: 1 })).toBe(true);
    expect(aws.calls[0]?.input).toEqual({ taskToken: 'token', output: '{"a":1}' });
  });

  test('that may not be answered is an error', async () => {
    await using aws = await stepFunctionsThatAnswer({ SendTaskSuccess: awsError('AccessDeniedException') });
    await expect(aws.stepFunctions.answer('token', {})).rejects.toThrow('AccessDeniedException');
  });
});

test('pruning removes the oldest versions by number, and none that is needed', async () => {
  const numbers = [9, 10, 1, 2, 11, 3];
  await using aws = await stepFunctionsThatAnswer({
    ListStateMachineVersions: {
      body: {
        stateMachineVersions: numbers.map((n) => ({ stateMachineVersionArn: `${arn}:${n}`, creationDate: 1 })),
      },
    },
    DeleteStateMachineVersion: { body: {} },
  });
  await aws.stepFunctions.prune(2, [`${arn}:2`]);
  const removed = aws.calls
    .filter((call) => call.name === 'DeleteStateMachineVersion')
    .map((call) => call.input.stateMachineVersionArn);
  expect(removed).toEqual([`${arn}:1`, `${arn}:3`, `${arn}:9`]);
});

test('pruning removes a few versions at once, so that a poll stays short however many have piled up', async () => {
  const numbers = Array.from({ length: 900 }, (_, n) => n + 1);
  await using aws = await stepFunctionsThatAnswer({
    ListStateMachineVersions: {
      body: {
        stateMachineVersions: numbers.map((n) => ({ stateMachineVersionArn: `${arn}:${n}`, creationDate: 1 })),
      },
    },
    DeleteStateMachineVersion: { body: {} },
  });
  await aws.stepFunctions.prune(100, []);
  expect(aws.calls.map((call) => call.name)).toEqual([
    'ListStateMachineVersions',
    ...Array(5).fill('DeleteStateMachineVersion'),
  ]);
});

test('an execution whose state machine was removed is missing', async () => {
  await using gone = await stepFunctionsThatAnswer({ DescribeExecution: awsError('ExecutionDoesNotExist') });
  expect(await gone.stepFunctions.status('arn')).toBe('MISSING');
  await using trouble = await stepFunctionsThatAnswer({ DescribeExecution: awsError('ThrottlingException') });
  await expect(trouble.stepFunctions.status('arn')).rejects.toThrow('Throttling');
});

test('an execution that was stopped with Step Functions itself is interrupted', async () => {
  const body = { executionArn: 'arn', status: 'FAILED', error: 'States.ServiceRestart' };
  await using stopped = await stepFunctionsThatAnswer({ DescribeExecution: { body } });
  expect(await stopped.stepFunctions.status('arn')).toBe('INTERRUPTED');
});
