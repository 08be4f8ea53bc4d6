/** docs/approve.md shows the mail with which the way begins that its pictures show, and what the console shows of the same question. */
import { describe as describeRequest } from '../../../src/approval/describe.ts';
import { describeRollback } from '../../../src/approval/describe-rollback.ts';
import { mailOf } from '../../../src/notifications/mail.ts';
import { waitingMessage } from '../../../src/notifications/messages.ts';
import { askedOf, readWaiting } from '../../../src/notifications/waiting.ts';
import { blocksOf } from '../../support/docs.ts';
import { now } from '../../support/page-visit.ts';
import { recordsOf } from '../../support/pipeline-stage.ts';
import { endsInTrouble, shownDelivery } from '../../support/shown-delivery.ts';

const links = ['https://abcdefghij.lambda-url.us-east-1.on.aws/0a1b2c3d.eyJkZWxpdmVyeSI6…'];

test('the mail', async () => {
  const { approvals, delivery } = await shownDelivery();
  const approver = 'ada@example.org';
  const waiting = askedOf(approver, await readWaiting(delivery, approvals.stage.bucket));
  const reader = { kind: 'approver', approver, links, until: new Date(now.getTime() + 3_600_000), more: 0 } as const;
  const { subject, text } = mailOf(waitingMessage(waiting, false, reader, 'live-ci-production'));
  const [shown] = blocksOf('docs/approve.md').filter(({ where }) => where === 'mail');
  expect(shown?.lines).toEqual([`Subject: ${subject}`, ...text.split('\n')].filter((line) => line !== ''));
});

test('what the console shows', async () => {
  const { approvals, delivery } = await shownDelivery();
  const { plan } = approvals.request('data/orders-db');
  const described = await describeRequest(
    { ask: 'description', delivery, unit: 'data/orders-db', plan: { plan: plan.sha256, ...plan.counts } },
    { bucket: approvals.stage.bucket, links: async () => links },
  );
  const [shown] = blocksOf('docs/approve.md').filter(({ where }) => where === 'asked');
  expect(JSON.parse(shown?.lines.join('\n') ?? 'null')).toEqual(described);
});

test('what the console shows of a rollback question', async () => {
  const visit = await shownDelivery();
  const { approvals, delivery } = visit;
  const ended = await endsInTrouble(visit);
  const outcomes = recordsOf(approvals.stage.delivery(delivery), ended);
  const ask = 'description of the rollback';
  const context = { bucket: approvals.stage.bucket, links: async () => links };
  const described = await describeRollback({ ask, delivery, outcomes }, context);
  const [shown] = blocksOf('docs/approve.md').filter(({ where }) => where === 'choice');
  expect(JSON.parse(shown?.lines.join('\n') ?? 'null')).toEqual(described);
});
