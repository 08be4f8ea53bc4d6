import { SQSClient } from '@aws-sdk/client-sqs';
import { groupOf, type Message } from '../../../src/queue/message.ts';
import { SqsQueue } from '../../../src/queue/queue.ts';
import { type Answer, awsEndpoint, type Call } from '../../support/aws-endpoint.ts';

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
