/** docs/notify.md shows mails as they are sent, and a configuration that is one. */

import type { UnitRequest } from '../../../src/approval/request.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { noEffects } from '../../../src/model.ts';
import { mailOf } from '../../../src/notifications/mail.ts';
import type { Message } from '../../../src/notifications/message.ts';
import { endMessage, type Reader, type WaitingUnit, waitingMessage } from '../../../src/notifications/messages.ts';
import { commit } from '../../support/change-set.ts';
import { deliveryOf } from '../../support/delivery.ts';
import { blocksOf } from '../../support/docs.ts';

const service = 'live-ci-production';
const repository = 'example-org/infrastructure-live';
const said = { repository, subject: 'Move orders to PostgreSQL 16', author: 'Bob Example' };
const delivery = deliveryOf(commit('c1'), [{ path: 'prod/orders-db' }, { path: 'dev/cache' }], said);

function unit(path: string, counts: [number, number, number], more: Partial<WaitingUnit>, needed = 1): WaitingUnit {
  const [add, change, destroy] = counts;
  const plan = {
    sha256: 'a'.repeat(64),
    counts: { ...noEffects, add, change, destroy },
    outputsChanged: [],
    warnings: [],
  };
  const rules = { approvers: [], minimumApprovals: needed, excluded: [] };
  return {
    request: { unit: path, plan, rules } as unknown as UnitRequest,
    approvedBy: [],
    environment: undefined,
    otherState: null,
    ...more,
  };
}

const units = [
  unit('dev/cache', [0, 1, 0], {}),
  unit('prod/orders-db', [2, 1, 1], { environment: 'prod/**', approvedBy: ['bob@example.org'] }, 2),
];

const approver: Reader = {
  kind: 'approver',
  approver: 'ada@example.org',
  links: ['https://abcdefghij.lambda-url.us-east-1.on.aws/0a1b2c3d.eyJkZWxpdmVyeSI6…'],
  until: new Date('2026-01-09T03:04:05Z'),
  more: 0,
};
const waiting = (reader: Reader) => waitingMessage({ delivery, units, rollback: null }, false, reader, service);

test.each<[string, Message]>([
  ['approver', waiting(approver)],
  ['everybody', waiting({ kind: 'everybody', links: [], mailed: true })],
  [
    'halted',
    endMessage(
      delivery,
      { 'dev/cache': 'applied', 'prod/orders-db': 'failed' },
      'half applied: prod/orders-db',
      service,
    ),
  ],
])('the mail for %s', (where, message) => {
  const { subject, text } = mailOf(message);
  const [shown] = blocksOf('docs/notify.md').filter((block) => block.language === 'text' && block.where === where);
  expect(shown?.lines).toEqual([`Subject: ${subject}`, ...text.split('\n')].filter((line) => line !== ''));
});

test('the configuration is one', () => {
  const [shown] = blocksOf('docs/notify.md').filter(({ language }) => language === 'yaml');
  const { notifications, approvals } = parseConfig(shown?.lines.join('\n') ?? '', 'docs/notify.md');
  expect(notifications.webhooks.map(({ kind }) => kind)).toEqual(['slack', 'teams']);
  expect(approvals.approvers).toHaveLength(2);
});

test('what it says of how often is what holds by default', () => {
  const { quietMinutes, remindHours } = parseConfig('', 'nothing').notifications;
  expect([quietMinutes, remindHours]).toEqual([5, 24]);
});
