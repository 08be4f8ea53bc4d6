import * as z from 'zod';
import { arn, emailAddress, parameterName, told } from './told.ts';

const webhookSchema = z.strictObject({
  kind: told(
    z.enum(['slack', 'teams']),
    'where it leads: an incoming webhook of Slack, or a workflow of Microsoft Teams',
  ),
  parameter: told(
    parameterName,
    'parameter that holds its URL, which is a secret: a SecureString, or `/aws/reference/secretsmanager/NAME` for a secret of Secrets Manager that is the URL and nothing else',
    'SSM GetParameter',
  ),
});
export type WebhookSettings = z.infer<typeof webhookSchema>;

export const notificationsSchema = z
  .strictObject({
    topicArn: told(
      arn('sns').nullable(),
      'an existing SNS topic for alarms and notifications; none: the stack makes one',
      'SNS topic',
    ).default(null),
    emails: told(
      z.array(emailAddress),
      'addresses that alarms and notifications are sent to. Approvers need not be among them: each has mails of their own, with their link',
      'SNS subscriptions',
    ).default([]),
    webhooks: told(
      z.array(webhookSchema),
      'chats that notifications are posted to, with a link to the approval page that only shows',
    ).default([]),
    quietMinutes: told(
      z.int().min(0).max(1440),
      'minutes after a message about units that wait, while one of those still waits, in which what begins to wait is kept for the next message; 0: each poll has its message',
    ).default(5),
    remindHours: told(
      z.number().positive().max(8760),
      'hours after which what still waits is told again, and so on; more than timeouts.approvalHours: never',
    ).default(24),
  })
  .prefault({})
  .describe('who is told');
