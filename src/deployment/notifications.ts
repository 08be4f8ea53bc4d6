/** What the settings of notifications and approvers come to in the template: topics, subscriptions, and what the poll may do to tell people. Pure. */
import { approversOf } from '../config/environments.ts';
import type { Config } from '../config/schema.ts';
import { addressName } from '../notifications/address-name.ts';
import { attribute, here, type Intrinsic, ref, type Statement, sub } from './intrinsics.ts';
import { namesOf } from './names.ts';
import { parameterArn, readParameters, readSecrets } from './secret-permissions.ts';

/** Whether approvers have mails of their own, with links. */
export function mailsApprovers(config: Config): boolean {
  return config.approvals.page.enabled && approversOf(config).length > 0;
}

/** Each address is a resource of its own, named after itself: another one that comes or goes changes nothing of it. */
export function subscriptions({ notifications: { topicArn, emails } }: Config) {
  const Resources = emails.map((Endpoint) => [
    `Subscription${addressName(Endpoint)}`,
    { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: topicArn ?? ref('Topic'), Protocol: 'email', Endpoint } },
  ]);
  return { Resources: Object.fromEntries(Resources) };
}

/** With which the ARN of each approver's topic begins. */
export function approverTopicsArn(prefix: string): Intrinsic {
  return sub(`${here('sns')}:${prefix}-approver-`);
}

/**
 * A topic for each approver, whose mail has links to decide in that approver's name: nothing but their own address can be subscribed to it. In one
 * topic for all of them each subscription would need a filter, which takes effect some time after it is made (SNS guide, Subscription
 * filter policies), and one without would be sent every link.
 */
export function approverTopics(config: Config, prefix: string) {
  const approvers = mailsApprovers(config) ? approversOf(config) : [];
  const Resources = approvers.flatMap((approver) => topicFor(approver, prefix, config.kmsKeyArn ?? attribute('Key')));
  return { Resources: Object.fromEntries(Resources) };
}

function topicFor(approver: string, prefix: string, KmsMasterKeyId: string | Intrinsic) {
  const name = addressName(approver);
  const [topic, policy] = [`ApproverTopic${name}`, `ApproverTopicPolicy${name}`];
  const Subscription = [{ Protocol: 'email', Endpoint: approver }];
  const deny = (Sid: string, Action: string, Condition: object) => ({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource: ref(topic),
    Condition,
  });
  const Statement = [
    deny('TlsOnly', 'sns:Publish', { Bool: { 'aws:SecureTransport': 'false' } }),
    deny('MailOnly', 'sns:Subscribe', { StringNotEquals: { 'sns:Protocol': 'email' } }),
    deny('ApproverOnly', 'sns:Subscribe', { StringNotEqualsIgnoreCase: { 'sns:Endpoint': approver } }),
  ];
  return [
    [
      topic,
      {
        Type: 'AWS::SNS::Topic',
        Properties: { TopicName: `${prefix}-approver-${name}`, KmsMasterKeyId, Subscription },
      },
    ],
    [
      policy,
      {
        Type: 'AWS::SNS::TopicPolicy',
        Properties: { Topics: [ref(topic)], PolicyDocument: { Version: '2012-10-17', Statement } },
      },
    ],
  ] as const;
}

/** Under which a secret of Secrets Manager is read as a parameter (Systems Manager guide, Referencing AWS Secrets Manager secrets from Parameter Store parameters). */
const reference = '/aws/reference/secretsmanager/';

/** What the poll may do, besides publishing to the topic for everybody. */
export function notificationPermissions(config: Config, prefix: string): Statement[] {
  const names = config.notifications.webhooks.map(({ parameter }) => parameter);
  const secrets = names.filter((name) => name.startsWith(reference));
  const allow = (Sid: string, Action: string | string[], Resource: Statement['Resource']): Statement[] => [
    { Sid, Effect: 'Allow', Action, Resource },
  ];
  return [
    ...(mailsApprovers(config)
      ? allow(
          'TellApprovers',
          ['sns:Publish', 'sns:ListSubscriptionsByTopic'],
          sub(`${here('sns')}:${prefix}-approver-*`),
        )
      : []),
    ...(mailsApprovers(config) || (config.approvals.page.enabled && names.length > 0)
      ? allow('SigningKey', 'ssm:GetParameter', parameterArn(namesOf(config, prefix).signingKey))
      : []),
    ...readParameters(
      'ssm:GetParameter',
      names.filter((name) => !name.startsWith(reference)),
    ),
    ...(secrets.length > 0 ? allow('References', 'ssm:GetParameter', secrets.map(parameterArn)) : []),
    ...readSecrets(secrets.map((name) => name.slice(reference.length))),
  ];
}
