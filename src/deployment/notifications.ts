/** What the settings of notifications and approvers come to in the template: topics, subscriptions, and what the poll may do to tell people. Pure. */
import { createHash } from 'node:crypto';
import { approversOf } from '../config/environments.ts';
import type { Config } from '../config/schema.ts';
import { type Intrinsic, ref, type Statement } from './intrinsics.ts';
import { parameterArn, readParameters, readSecrets } from './secret-permissions.ts';

/** Whether approvers have mails of their own, with links. */
export function mailsApprovers(config: Config): boolean {
  return config.approvals.page.enabled && approversOf(config).length > 0;
}

/**
 * Each address is a resource of its own, named after itself: another one that comes or goes changes nothing of it. An approver's begins
 * once the topic's policy lets it, and hears only what is for that approver.
 */
export function subscriptions(config: Config) {
  const { topicArn, emails } = config.notifications;
  const everybody = emails.map((address) => subscription('Subscription', topicArn ?? ref('Topic'), address));
  const approvers = mailsApprovers(config)
    ? approversOf(config).map((address) =>
        subscription('ApproverSubscription', ref('ApproversTopic'), address, {
          FilterPolicyScope: 'MessageAttributes',
          FilterPolicy: { approver: [address] },
        }),
      )
    : [];
  return { Resources: Object.fromEntries([...everybody, ...approvers]) };
}

function subscription(kind: string, TopicArn: string | Intrinsic, Endpoint: string, filter?: object) {
  const name = `${kind}${createHash('sha256').update(Endpoint).digest('hex').slice(0, 12)}`;
  const Properties = { TopicArn, Protocol: 'email', Endpoint, ...filter };
  const DependsOn = filter && { DependsOn: ['ApproversTopicPolicy'] };
  return [name, { Type: 'AWS::SNS::Subscription', ...DependsOn, Properties }] as const;
}

/** Under which a secret of Secrets Manager is read as a parameter (Systems Manager guide, Referencing AWS Secrets Manager secrets from Parameter Store parameters). */
const reference = '/aws/reference/secretsmanager/';

/** What the poll may do, besides publishing to the topic for everybody. @param signingKey name of the parameter. */
export function notificationPermissions(config: Config, signingKey: string): Statement[] {
  const names = config.notifications.webhooks.map(({ parameter }) => parameter);
  const secrets = names.filter((name) => name.startsWith(reference));
  const allow = (Sid: string, Action: string | string[], Resource: Statement['Resource']): Statement[] => [
    { Sid, Effect: 'Allow', Action, Resource },
  ];
  return [
    ...(mailsApprovers(config)
      ? allow('TellApprovers', ['sns:Publish', 'sns:ListSubscriptionsByTopic'], ref('ApproversTopic'))
      : []),
    ...(mailsApprovers(config) || (config.approvals.page.enabled && names.length > 0)
      ? allow('SigningKey', 'ssm:GetParameter', parameterArn(signingKey))
      : []),
    ...readParameters(
      'ssm:GetParameter',
      names.filter((name) => !name.startsWith(reference)),
    ),
    ...(secrets.length > 0 ? allow('References', 'ssm:GetParameter', secrets.map(parameterArn)) : []),
    ...readSecrets(secrets.map((name) => name.slice(reference.length))),
  ];
}
