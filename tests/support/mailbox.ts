/** Mail of the deployed stack: the emulator sends none, so a queue is subscribed to the topic beside the addresses. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { addressName } from '../../src/notifications/address-name.ts';
import type { LocalPipeline } from './local-pipeline.ts';

export interface Mail {
  Subject: string;
  Message: string;
}

export interface Mailbox {
  /** ARN of the topic. */
  topic: string;
  /** What has come since the last time. */
  read(): Promise<Mail[]>;
}

/** @param approver whose mails; none: those that are for everybody. */
export async function openMailbox({ stack, sqs }: LocalPipeline, approver?: string): Promise<Mailbox> {
  const name = approver === undefined ? 'live-ci-local' : `live-ci-local-approver-${addressName(approver)}`;
  const topic = `arn:aws:sns:us-east-1:000000000000:${name}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `mails-of-${name}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sns = new SNSClient({ endpoint: stack.endpoint, region: 'us-east-1', credentials });
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
  return {
    topic,
    async read() {
      const received = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
      const { Messages = [] } = await sqs.send(received);
      return Messages.map(({ Body = '' }) => JSON.parse(Body));
    },
  };
}

/** The link in a mail. */
export function linkIn({ Message }: Mail): string {
  return /https?:\S+/.exec(Message)?.[0] ?? '';
}
