import { SNSClient } from '@aws-sdk/client-sns';
import { NotTold } from '../../../src/notifications/channel.ts';
import type { Message } from '../../../src/notifications/message.ts';
import { topic, topicOfApprover } from '../../../src/notifications/topics.ts';
import { type AwsEndpoint, awsEndpoint } from '../../support/aws-endpoint.ts';

const ada = 'ada@example.org';
const arn = 'arn:aws:sns:us-east-1:123456789012:live-ci-test-approver-0123456789ab';
const message: Message = {
  subject: 'live-ci-test: it works',
  parts: [{ kind: 'text', lines: [[{ text: 'It does.' }]] }],
};

/** As SNS answers (SNS API reference): a subscription that is not confirmed has no ARN. */
const subscribed = (...arns: string[]) => {
  const members = arns.map(
    (one) => `<member><Endpoint>${ada}</Endpoint><SubscriptionArn>${one}</SubscriptionArn></member>`,
  );
  return `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>${members.join('')}</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`;
};
const published = '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';

let sns: AwsEndpoint;
let client: SNSClient;
let subscriptions: string;
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

const toldThem = {
  Action: 'Publish',
  Version: '2010-03-31',
  TopicArn: arn,
  Subject: message.subject,
  Message: 'It does.',
};

test('what is for everybody is published to the topic for everybody', async () => {
  await topic(client, arn).send(message);
  expect(sent()).toEqual([toldThem]);
});

test('what is for an approver is published to the topic of that approver, once the subscription is confirmed', async () => {
  subscriptions = subscribed(`${arn}:1`);
  await topicOfApprover(client, arn, ada).send(message);
  expect(sent().at(-1)).toEqual(toldThem);
});

test.each([
  ['has not confirmed', subscribed('PendingConfirmation')],
  ['is not subscribed any more', subscribed()],
])('an approver who %s is not told, and the reason says how they are asked once more', async (_, answer) => {
  subscriptions = answer;
  const error = await topicOfApprover(client, arn, ada)
    .send(message)
    .catch((reason) => reason);
  expect(error).toBeInstanceOf(NotTold);
  const command = `aws sns subscribe --topic-arn ${arn} --protocol email --notification-endpoint ${ada}`;
  expect(error).toMatchObject({ isFailure: false, message: expect.stringContaining(command) });
  expect(sent().map(({ Action }) => Action)).toEqual(['ListSubscriptionsByTopic']);
});
