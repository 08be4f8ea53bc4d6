/** Whoever is told by mail has confirmed that (SNS API: ListSubscriptionsByTopic answers "PendingConfirmation" in place of an ARN). */
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { deployedResources } from '../../deployment/stack.ts';
import { named } from '../../named.ts';
import { type Check, right, wrong } from '../check.ts';

export const mails: Check = {
  name: 'mails',
  async look(target) {
    const client = await target.client(SNSClient);
    const own = (await deployedResources(target, 'AWS::SNS::Topic')).values();
    const { topicArn } = target.config.notifications;
    const pending: string[] = [];
    let all = 0;
    for (const TopicArn of new Set([...own, ...(topicArn === null ? [] : [topicArn])]))
      for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
        for (const { Protocol, Endpoint = '', SubscriptionArn } of Subscriptions) {
          if (Protocol !== 'email') continue;
          all++;
          if (SubscriptionArn === 'PendingConfirmation') pending.push(Endpoint);
        }
    if (pending.length > 0)
      return wrong(
        `not confirmed, so that nobody is told there: ${named(pending)}; open the mail from AWS Notifications and confirm, or deploy again after three days`,
      );
    return right(all === 0 ? 'nobody is told by mail' : `${all} confirmed`);
  },
};
