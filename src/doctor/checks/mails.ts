/** Whoever is told by mail has confirmed that (SNS API: ListSubscriptionsByTopic answers "PendingConfirmation" in place of an ARN). */
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { deployedResources } from '../../deployment/stack.ts';
import { named } from '../../named.ts';
import { type Check, right, wrong } from '../check.ts';

export const mails: Check = {
  name: 'mails',
  async look(target) {
    const sns = await target.client(SNSClient);
    const own = (await deployedResources(target, 'AWS::SNS::Topic')).values();
    const { topicArn } = target.config.notifications;
    const pending: string[] = [];
    let all = 0;
    for (const TopicArn of new Set([...own, ...(topicArn === null ? [] : [topicArn])])) {
      let NextToken: string | undefined;
      do {
        const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }));
        for (const { Protocol, Endpoint = '', SubscriptionArn } of page.Subscriptions ?? []) {
          if (Protocol !== 'email') continue;
          all++;
          if (SubscriptionArn === 'PendingConfirmation') pending.push(Endpoint);
        }
        NextToken = page.NextToken;
      } while (NextToken);
    }
    if (pending.length > 0)
      return wrong(
        `not confirmed, so that nobody is told there: ${named(pending)}; open the mail from AWS Notifications and confirm, or deploy again after three days`,
      );
    return right(all === 0 ? 'nobody is told by mail' : `${all} confirmed`);
  },
};
