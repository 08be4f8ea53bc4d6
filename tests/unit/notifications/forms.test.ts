/** The forms in which a message is sent: mail, Slack, Teams. */
import type { UnitRequest } from '../../../src/approval/request.ts';
import { type Delivery, noEffects } from '../../../src/model.ts';
import { mailOf } from '../../../src/notifications/mail.ts';
import type { Message } from '../../../src/notifications/message.ts';
import { endMessage, type Waiting, type WaitingUnit, waitingMessage } from '../../../src/notifications/messages.ts';
import { slackMessage } from '../../../src/notifications/slack.ts';
import { teamsMessage } from '../../../src/notifications/teams.ts';
import { plain } from '../../../src/plain-text.ts';
import { commit } from '../../support/change-set.ts';
import { deliveryOf } from '../../support/delivery.ts';

/** Mentions, links and markup of mail programs, Slack and Teams, and characters that turn text around. */
const hostile =
  '<!here> <@U123> @channel <at>Ada</at> [click](https://evil.example.com) <https://evil.example.com|here> *b* `c` &amp; \u001b[31m \u202e "q"';
const page = 'https://page.example.org/link';

const unit = (path: string, destroy = 0, needed = 1): WaitingUnit => ({
  request: {
    unit: path,
    plan: {
      sha256: 'a'.repeat(64),
      counts: { ...noEffects, add: 1, change: 2, destroy },
      outputsChanged: [],
      warnings: [],
    },
    rules: { approvers: [], minimumApprovals: needed, excluded: [] },
  } as unknown as UnitRequest,
  approvedBy: [],
  environment: 'prod/**',
  otherState: null,
});

const described = (more: Partial<Delivery> = {}): Delivery => deliveryOf(commit('c1'), [{ path: 'vpc' }], more);

function asked(units: WaitingUnit[], more: Partial<Delivery> = {}): Message {
  const waiting: Waiting = { delivery: described(more), units, rollback: null };
  return waitingMessage(waiting, false, { kind: 'everybody', links: [page], mailed: false }, 'live-ci-test');
}

const cardOf = (message: Message) => teamsMessage(message).attachments[0].content;
const sizeOf = (what: unknown) => Buffer.byteLength(JSON.stringify(what));

/** Every text that a form shows, however deep it stands. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
  );
}

/** The types of all elements, however deep. */
function typesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(typesIn);
  if (typeof value !== 'object' || value === null) return [];
  const { type } = value as { type?: unknown };
  return [...(typeof type === 'string' ? [type] : []), ...Object.values(value).flatMap(typesIn)];
}

test('a plan that warns says so, with the first of its warnings', () => {
  const warns = unit('vpc');
  warns.request.plan.warnings.push('check.size fails: Too small.', 'It is old.');
  expect(mailOf(asked([warns])).text).toContain(
    '  vpc  +1 ~2 -0, 2 warnings (prod/**); it warns: check.size fails: Too small.',
  );
});

test('a plan says in one line what else it does than to add, change and destroy', () => {
  const one = unit('vpc');
  Object.assign(one.request.plan.counts, { import: 1, move: 2, forget: 3 });
  one.request.plan.outputsChanged.push('address');
  expect(mailOf(asked([one])).text).toContain(
    '  vpc  +1 ~2 -0, 2 moved, 1 imported, 3 forgotten, outputs: address (prod/**)',
  );
});

test('a unit whose state is another one now says so, marked, with what stays in the old one', () => {
  const message = asked([{ ...unit('vpc'), otherState: { before: 's3 bucket=states key=vpc', holds: 14 } }]);
  const said = 'its state is another one now: 14 resources stay in the old one';
  expect(mailOf(message).text).toContain(`  vpc  +1 ~2 -0 (prod/**); ${said}\n`);
  expect(JSON.stringify(slackMessage(message).blocks)).toContain(
    `{"type":"text","text":"${said}","style":{"bold":true}}`,
  );
  expect(JSON.stringify(cardOf(message))).toContain(
    `{"type":"TextRun","text":"${said}","weight":"Bolder","color":"Attention"}`,
  );
});

test('what destroys stands first, marked, in every form and in the subject', () => {
  const message = asked([unit('dns'), unit('vpc', 3)]);
  expect(message.subject).toBe('live-ci-test: 2 units wait for approval, 1 DESTROYS');
  const lines = mailOf(message).text.split('\n');
  expect(lines).toContain('  ! DESTROYS 3: vpc  +1 ~2 -3 (prod/**)');
  expect(lines.indexOf('  dns  +1 ~2 -0 (prod/**)')).toBe(lines.indexOf('  ! DESTROYS 3: vpc  +1 ~2 -3 (prod/**)') + 1);
  expect(JSON.stringify(slackMessage(message).blocks)).toContain(
    '{"type":"text","text":"! DESTROYS 3","style":{"bold":true}}',
  );
  expect(JSON.stringify(cardOf(message))).toContain(
    '{"type":"TextRun","text":"! DESTROYS 3","weight":"Bolder","color":"Attention"}',
  );
});

test('a mail says which delivery, of which repository and branch, whose commit, and what to do', () => {
  const { text } = mailOf(asked([unit('vpc', 0, 2)], { subject: 'Add a subnet', author: 'Ada Example' }));
  const { id, repository, branch } = described();
  for (const words of [id, repository, branch, '"Add a subnet" by Ada Example', '0 of 2 approvals', page])
    expect(text).toContain(words);
  for (const command of ['live-ci status', 'live-ci plan UNIT', 'live-ci approve UNIT', 'live-ci link --approver'])
    expect(text).toContain(command);
});

describe('whatever a commit or a path says,', () => {
  const message = asked([unit(hostile)], { subject: hostile, author: hostile, repository: hostile, branch: hostile });

  test('no form has a control character or one that turns text around', () => {
    for (const text of [mailOf(message).text, ...textsIn(slackMessage(message)), ...textsIn(cardOf(message))])
      for (const line of text.split('\n')) expect(line).toBe(plain(line));
  });

  test('it stands in Slack in elements that are shown as they are, and the one link is to the page', () => {
    const { blocks, text } = slackMessage(message);
    expect(new Set(typesIn(blocks))).toEqual(
      new Set(['header', 'plain_text', 'rich_text', 'rich_text_section', 'rich_text_list', 'text', 'link']),
    );
    expect(JSON.stringify(blocks).match(/"url":"[^"]*"/g)).toEqual([`"url":"${page}"`]);
    expect(text).toBe('live-ci-test: 1 unit waits for approval');
  });

  test('it stands in Teams in runs of text, in which Markdown means nothing, and nobody is mentioned', () => {
    const card = cardOf(message);
    expect(new Set(typesIn(card))).toEqual(new Set(['AdaptiveCard', 'RichTextBlock', 'TextRun', 'Action.OpenUrl']));
    expect(card.actions).toEqual([{ type: 'Action.OpenUrl', title: expect.any(String), url: page }]);
    expect(JSON.stringify(card)).not.toContain('entities');
  });
});

test("Slack's three characters are escaped where it reads markup, and it previews no link", () => {
  const message = { ...asked([unit('vpc')]), subject: 'a & b <c>' };
  expect(slackMessage(message)).toMatchObject({
    text: 'a &amp; b &lt;c&gt;',
    unfurl_links: false,
    unfurl_media: false,
  });
});

test('a subject is one that SNS takes, whatever the deployment is called', () => {
  const message = { ...asked([unit('vpc')]), subject: `naïve\n${'x'.repeat(200)}` };
  expect(mailOf(message).subject).toMatch(/^[ -~]{1,100}$/);
});

describe('of ten thousand units with long paths', () => {
  const paths = Array.from({ length: 10_000 }, (_, index) => `${'ü'.repeat(1000)}/${index}`);
  const waiting = asked(
    paths.map((path, index) => unit(path, index % 2)),
    { subject: 'ü'.repeat(100_000) },
  );
  const outcomes = ['applied', 'failed', 'declined', 'cancelled', 'rolled-back', 'rollback-failed'] as const;
  const ended = endMessage(
    described(),
    Object.fromEntries(paths.map((path, index) => [path, outcomes[index % outcomes.length] ?? 'applied'])),
    `half applied: ${paths.join(', ')}`,
    'live-ci-test',
  );

  test.each([
    ['a mail', mailOf, 256 * 1024],
    ['a message of Slack', slackMessage, 13_000],
    ['a card of Teams', teamsMessage, 28 * 1024],
  ] as const)('%s has some, and says how many more there are', (_, form, most) => {
    for (const message of [waiting, ended]) {
      const formed = form(message);
      expect(sizeOf(formed)).toBeLessThan(most);
      expect(JSON.stringify(formed)).toMatch(/… and [\d]+ more/);
    }
    expect(JSON.stringify(form(waiting))).toContain('10000 units wait');
  });

  test('Slack gets at most 50 blocks', () => {
    for (const message of [waiting, ended]) expect(slackMessage(message).blocks.length).toBeLessThanOrEqual(50);
  });
});

test('no element of Slack or Teams is empty', () => {
  for (const message of [asked([unit('vpc')]), endMessage(described(), { vpc: 'applied' }, null, 'live-ci-test')])
    for (const text of [...textsIn(slackMessage(message)), ...textsIn(cardOf(message))]) expect(text).not.toBe('');
});
