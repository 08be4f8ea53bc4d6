import { SNSClient } from '@aws-sdk/client-sns';
import { NotTold } from '../../../src/notifications/channel.ts';
import type { Message } from '../../../src/notifications/message.ts';
import { approversTopic, topic } from '../../../src/notifications/topics.ts';
import { type AwsEndpoint, awsEndpoint } from '../../support/aws-endpoint.ts';

const [ada, bob, cyd] = ['ada@example.org', 'bob@example.org', 'cyd@example.org'];
const arn = 'arn:aws:sns:us-east-1:123456789012:live-ci-test-approvers';
const message: Message = {
  subject: 'live-ci-test: it works',
  parts: [{ kind: 'text', lines: [[{ text: 'It does.' }]] }],
};

/** As SNS answers (SNS API reference): a subscription that is not confirmed has no ARN. */
const subscriptions = `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>
<member><Endpoint>Ada@Example.org</Endpoint><Protocol>email</Protocol><SubscriptionArn>${arn}:1</SubscriptionArn></member>
<member><Endpoint>${bob}</Endpoint><Protocol>email</Protocol><SubscriptionArn>PendingConfirmation</SubscriptionArn></member>
</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`;
const published = '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';

let sns: AwsEndpoint;
let client: SNSClient;
beforeEach(async () => {
  sns = await awsEndpoint(({ input }) => ({
    body: String(input.text).includes('Action=ListSubscriptionsByTopic') ? subscriptions : published,
    headers: { 'content-type': 'text/xml' },
  }));
  client = new SNSClient(sns.settings);
});
afterEach(async () => {
  client.destroy();
  await sns[Symbol.asyncDispose]();
});

const sent = () => sns.calls.map(({ input }) => Object.fromEntries(new URLSearchParams(String(input.text))));

test('what is for everybody has no attribute, and so reaches nobody who filters by it', async () => {
  await topic(client, arn).send(message);
  expect(sent()).toEqual([
    { Action: 'Publish', Version: '2010-03-31', TopicArn: arn, Subject: message.subject, Message: 'It does.' },
  ]);
});

test('what is for an approver is published for the address by which their subscription filters', async () => {
  const channels = approversTopic(client, arn, [ada, bob, cyd]);
  await channels[0]?.send(message);
  expect(sent().at(-1)).toMatchObject({
    Action: 'Publish',
    TopicArn: arn,
    'MessageAttributes.entry.1.Name': 'approver',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': ada,
  });
});

test('whoever has not confirmed, or is not subscribed, is not told; who is, is looked up once', async () => {
  const channels = approversTopic(client, arn, [ada, bob, cyd]);
  for (const channel of channels.slice(1)) {
    const error = await channel.send(message).catch((reason) => reason);
    expect(error).toBeInstanceOf(NotTold);
    expect(error).toMatchObject({
      isFailure: false,
      message: expect.stringContaining('has no confirmed subscription'),
    });
  }
  await channels[0]?.send(message);
  expect(sent().map(({ Action }) => Action)).toEqual(['ListSubscriptionsByTopic', 'Publish']);
});
