/** What the configuration names for people to be told must be there: a topic before anything is deployed, a webhook's URL before somebody waits for a message. */
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ConfigError } from '../errors.ts';
import type { Target } from './target.ts';

/**
 * @throws ConfigError when the topic isn't there, or is one that no alarm and no mail can go to. What may be right, or will be, is only said.
 */
export async function checkNotifications(target: Target): Promise<void> {
  await checkTopic(target);
  for (const { parameter } of target.config.notifications.webhooks) await lookForWebhook(parameter, target);
}

async function checkTopic({ config, client, say }: Target): Promise<void> {
  const { topicArn } = config.notifications;
  if (topicArn === null) return;
  const sns = await client(SNSClient);
  const topic = await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn })).catch((error: Error) => {
    if (error.name !== 'AuthorizationErrorException') throw refusal(`can't be looked at: ${error.message}`, error);
    say(`notifications.topicArn: your credentials may not look at the topic, so nobody knows whether it is there.`);
  });
  const { FifoTopic, KmsMasterKeyId } = topic?.Attributes ?? {};
  if (FifoTopic === 'true') throw refusal('is a FIFO topic, to which no alarm and no mail can go; name a standard one');
  if (KmsMasterKeyId && KmsMasterKeyId !== config.kmsKeyArn)
    say(
      `notifications.topicArn: the topic is encrypted with ${KmsMasterKeyId}; nobody is told unless that key's policy lets the poll's role and CloudWatch use it (kms:GenerateDataKey, kms:Decrypt).`,
    );
}

function refusal(why: string, cause?: Error): ConfigError {
  return new ConfigError(`notifications.topicArn: ${why}.`, { cause });
}

async function lookForWebhook(Name: string, { client, say }: Target): Promise<void> {
  const ssm = await client(SSMClient);
  await ssm.send(new GetParameterCommand({ Name })).catch((error: Error) => {
    if (error.name === 'ParameterNotFound')
      say(
        `notifications.webhooks: there is no parameter ${Name} yet; put the webhook's URL there, or nobody is told on it.`,
      );
  });
}
