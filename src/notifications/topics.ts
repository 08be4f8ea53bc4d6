/** Channels that SNS delivers: the topic that is for everybody, and one for each approver. */
import { ListSubscriptionsByTopicCommand, PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type Channel, NotTold } from './channel.ts';
import { mailOf } from './mail.ts';
import type { Message } from './message.ts';

export function topic(client: SNSClient, arn: string): Channel {
  return { name: 'topic', approver: null, links: false, send: (message) => publish(client, arn, message) };
}

/**
 * The topic of an approver, to which nobody else is subscribed.
 * @param approver their address, in small letters.
 */
export function topicOfApprover(client: SNSClient, arn: string, approver: string): Channel {
  return {
    name: `approver ${approver}`,
    approver,
    links: false,
    async send(message) {
      if (!(await hasSubscriber(client, arn)))
        throw new NotTold(
          `${approver} gets no mail: the mail "AWS Notification - Subscription Confirmation" was not answered, or they unsubscribed. Another one is sent by aws sns subscribe --topic-arn ${arn} --protocol email --notification-endpoint ${approver}`,
          { isFailure: false },
        );
      await publish(client, arn, message);
    },
  };
}

async function publish(client: SNSClient, TopicArn: string, message: Message): Promise<void> {
  const { subject, text } = mailOf(message);
  await client.send(new PublishCommand({ TopicArn, Subject: subject, Message: text }));
}

/** A subscription that is not confirmed has no ARN yet (SNS API reference, ListSubscriptionsByTopic). */
async function hasSubscriber(client: SNSClient, TopicArn: string): Promise<boolean> {
  const { Subscriptions = [] } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  return Subscriptions.some(({ SubscriptionArn }) => SubscriptionArn?.startsWith('arn:'));
}
