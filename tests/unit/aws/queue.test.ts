import { SQSClient } from '@aws-sdk/client-sqs';
import { groupOf, type Message } from '../../../src/queue/message.ts';
import { SqsQueue } from '../../../src/queue/queue.ts';
import { type Answer, awsEndpoint, awsError, type Call } from '../../support/aws-endpoint.ts';

const message: Message = {
  version: 1,
  repository: 'example-org/live',
  branch: 'main',
  base: null,
  head: '0123456789012345678901234567890123456789',
  sequence: 7,
  changeSet: 'change-sets/0000000007.json',
};

async function queueThatAnswers(answer: (call: Call) => Answer) {
  const endpoint = await awsEndpoint(answer);
  const { endpoint: url } = endpoint.settings;
  const client = new SQSClient({ ...endpoint.settings, md5: false });
  return {
    calls: endpoint.calls,
    queue: new SqsQueue(client, `${url}/1/queue.fifo`, `${url}/1/dead.fifo`),
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

describe('the queue', () => {
  test('keeps the commits of one branch in order, and knows a commit that is sent twice', async () => {
    await using sqs = await queueThatAnswers(() => ({ body: { MessageId: '1' } }));
    await sqs.queue.send(message);
    expect(sqs.calls[0]?.input).toMatchObject({
      MessageBody: JSON.stringify(message),
      MessageGroupId: groupOf('example-org/live', 'main'),
      MessageDeduplicationId: '0123456789012345678901234567890123456789-7',
    });
    expect(groupOf('example-org/live', 'main')).toMatch(/^[0-9a-f]{64}$/);
    expect(groupOf('a', 'b\nc')).not.toBe(groupOf('a\nb', 'd'));
  });

  test('hides a message that it gives out for at least as long as a poll may take', async () => {
    const held = { MessageId: '1', Body: 'hello', ReceiptHandle: 'r' };
    await using sqs = await queueThatAnswers(() => ({ body: { Messages: [held] } }));
    expect(await sqs.queue.receive()).toEqual({ id: '1', body: 'hello', receipt: 'r' });
    expect(sqs.calls[0]?.input).toMatchObject({ MaxNumberOfMessages: 1, VisibilityTimeout: 120 });
  });

  test('is empty when nothing is given out', async () => {
    await using sqs = await queueThatAnswers(() => ({ body: {} }));
    expect(await sqs.queue.receive()).toBeUndefined();
  });

  test('shows a message that is released to others at once', async () => {
    await using sqs = await queueThatAnswers(() => ({ body: {} }));
    await sqs.queue.release({ id: '1', body: 'hello', receipt: 'r' });
    expect(sqs.calls.map(({ name }) => name)).toEqual(['ChangeMessageVisibility']);
    expect(sqs.calls[0]?.input).toMatchObject({ ReceiptHandle: 'r', VisibilityTimeout: 0 });
  });

  test('puts each dead letter into a group of its own, with the reason, so that reading one hides no other', async () => {
    await using sqs = await queueThatAnswers(() => ({ body: { MessageId: '2' } }));
    await sqs.queue.bury({ id: '0000000007', body: 'hello', reason: 'no JSON'.padEnd(2000, '!') });
    expect(String(sqs.calls[0]?.input.QueueUrl).split('/').at(-1)).toBe('dead.fifo');
    expect(sqs.calls[0]?.input).toMatchObject({
      MessageBody: 'hello',
      MessageGroupId: '0000000007',
      MessageDeduplicationId: '0000000007',
      MessageAttributes: { id: { StringValue: '0000000007' }, reason: { StringValue: 'no JSON'.padEnd(1000, '!') } },
    });
  });

  test('counts what waits and what is under way', async () => {
    const attributes = (call: Call) =>
      String(call.input.QueueUrl).endsWith('dead.fifo')
        ? { ApproximateNumberOfMessages: '1', ApproximateNumberOfMessagesNotVisible: '0' }
        : { ApproximateNumberOfMessages: '2', ApproximateNumberOfMessagesNotVisible: '1' };
    await using sqs = await queueThatAnswers((call) => ({ body: { Attributes: attributes(call) } }));
    expect(await sqs.queue.count()).toEqual({ waiting: 3, dead: 1 });
  });
});

describe('the dead letters', () => {
  const dead = { id: '1', body: 'hello', receipt: 'r', letter: '0000000007' };
  const arns = ({ input }: Call) => ({
    body: { Attributes: { QueueArn: `arn:${String(input.QueueUrl).split('/').at(-1)}` } },
  });

  test('tell which letter a message is, where SQS has not put it there by itself', async () => {
    const held = { MessageId: '1', Body: 'hello', ReceiptHandle: 'r' };
    const named = { ...held, MessageAttributes: { id: { DataType: 'String', StringValue: '0000000007' } } };
    const messages = [named, held];
    await using sqs = await queueThatAnswers(() => ({ body: { Messages: messages.splice(0, 1) } }));
    expect(await sqs.queue.receiveDead()).toEqual(dead);
    expect(await sqs.queue.receiveDead()).toEqual({ ...dead, letter: undefined });
    expect(await sqs.queue.receiveDead()).toBeUndefined();
    expect(String(sqs.calls[0]?.input.QueueUrl)).toMatch(/dead.fifo$/);
  });

  test('are moved back by SQS itself, to the queue by name: it knows no source of what was sent to them', async () => {
    await using sqs = await queueThatAnswers((call) =>
      call.name === 'StartMessageMoveTask' ? { body: { TaskHandle: 't' } } : arns(call),
    );
    expect(await sqs.queue.moveAllDead()).toBe(true);
    expect(sqs.calls.at(-1)).toMatchObject({
      name: 'StartMessageMoveTask',
      input: { SourceArn: 'arn:dead.fifo', DestinationArn: 'arn:queue.fifo' },
    });
  });

  test('are not moved by SQS where it can not do that', async () => {
    await using sqs = await queueThatAnswers((call) =>
      call.name === 'StartMessageMoveTask' ? awsError('InvalidAction') : arns(call),
    );
    expect(await sqs.queue.moveAllDead()).toBe(false);
  });

  test('are sent before they are removed when they are moved one by one, so that none is lost in between', async () => {
    await using sqs = await queueThatAnswers(() => ({ body: {} }));
    await sqs.queue.moveDead(dead);
    expect(sqs.calls.map(({ name, input }) => [name, String(input.QueueUrl).split('/').at(-1)])).toEqual([
      ['SendMessage', 'queue.fifo'],
      ['DeleteMessage', 'dead.fifo'],
    ]);
  });
});
