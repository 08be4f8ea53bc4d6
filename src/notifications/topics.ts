/** Channels that SNS delivers: the topic that is for everybody, and the one in which each approver hears only what is for them. */
import { PublishCommand, paginateListSubscriptionsByTopic, type SNSClient } from '@aws-sdk/client-sns';
import { type Channel, NotTold } from './channel.ts';
import { mailOf } from './mail.ts';
import type { Message } from './message.ts';

export function topic(client: SNSClient, arn: string): Channel {
  return { name: 'topic', approver: null, links: false, send: (message) => publish(client, arn, message) };
}

/**
 * The subscription of each has a filter policy for the attribute `approver`, which is why nobody is sent what is for another.
 * @param approvers addresses, in small letters.
 */
export function approversTopic(client: SNSClient, arn: string, approvers: readonly string[]): Channel[] {
  let subscribers: Promise<ReadonlySet<string>> | undefined;
  return approvers.map((approver) => ({
    name: `approver ${approver}`,
    approver,
    links: false,
    async send(message) {
      subscribers ??= subscribersOf(client, arn);
      if (!(await subscribers).has(approver))
        throw new NotTold(
          `${approver} has no confirmed subscription and gets no mail: the mail "AWS Notification - Subscription Confirmation" was never answered, or they unsubscribed; docs/notify.md says how another one is sent.`,
          { isFailure: false },
        );
      await publish(client, arn, message, approver);
    },
  }));
}

async function publish(client: SNSClient, TopicArn: string, message: Message, approver?: string): Promise<void> {
  const { subject, text } = mailOf(message);
  const MessageAttributes = approver && { approver: { DataType: 'String', StringValue: approver } };
  await client.send(
    new PublishCommand({ TopicArn, Subject: subject, Message: text, ...(MessageAttributes && { MessageAttributes }) }),
  );
}

/** Addresses of subscriptions that are confirmed: the others have no ARN yet (SNS API reference, ListSubscriptionsByTopic). */
async function subscribersOf(client: SNSClient, TopicArn: string): Promise<ReadonlySet<string>> {
  const addresses = new Set<string>();
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
    for (const { SubscriptionArn, Endpoint } of Subscriptions)
      if (SubscriptionArn?.startsWith('arn:') && Endpoint) addresses.add(Endpoint.toLowerCase());
  return addresses;
}
