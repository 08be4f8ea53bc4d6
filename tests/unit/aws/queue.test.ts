import { SQSClient } from '@aws-sdk/client-sqs';
import { groupOf, type Message } from '../../../src/queue/message.ts';
import { SqsQueue } from '../../../src/queue/queue.ts';
import { type Answer, awsEndpoint, type Call } from '../../support/aws-endpoint.ts';

const message: Message = {
  version: 1,
  repository: 'example-org/live',
  branch: 'main',
  head: '0123456789012345678901234567890123456789',
  sequence: 7,
  changeSet: 'change-sets/7-0123456789012345678901234567890123456789.json',
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

  test('buries a message before it removes it, so that none is lost in between', async () => {
    await using sqs = await queueThatAnswers(({ name }) => ({
      body: name === 'SendMessage' ? { MessageId: '2' } : {},
    }));
    await sqs.queue.bury({ id: '1', body: 'hello', receipt: 'r' }, 'no JSON'.padEnd(2000, '!'));
    expect(sqs.calls.map(({ name, input }) => [name, String(input.QueueUrl).split('/').at(-1)])).toEqual([
      ['SendMessage', 'dead.fifo'],
      ['DeleteMessage', 'queue.fifo'],
    ]);
    expect(sqs.calls[0]?.input).toMatchObject({
      MessageBody: 'hello',
      MessageDeduplicationId: '1',
      MessageAttributes: { reason: { StringValue: 'no JSON'.padEnd(1000, '!') } },
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
