/** People are told, by the deployed stack: the topic, a mail for each approver whose link works, a chat. */
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { jest } from '@jest/globals';
import { awsCommand } from '../support/aws-command.ts';
import { type Chat, startChat } from '../support/chat.ts';
import { blocksOf } from '../support/docs.ts';
import { endings, type LocalPipeline, startLocalPipeline, terraformUnit } from '../support/local-pipeline.ts';
import { linkIn, type Mailbox, openMailbox } from '../support/mailbox.ts';

jest.setTimeout(300_000);

const [ada, bob] = ['ada@example.org', 'bob@example.org'];
const settings = `
poll: {rateMinutes: 60}
approvals: {approvers: [${ada}, Bob@example.org]}
notifications:
  emails: [ops@example.org]
  webhooks:
    - {kind: slack, parameter: /live-ci/slack}
    - {kind: teams, parameter: /live-ci/teams}
`;
const units = Array.from({ length: 10 }, (_, index) => `unit-${index}`);

let chat: Chat;
let pipeline: LocalPipeline;
let aws: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
let boxes: Record<'everybody' | 'ada' | 'bob', Mailbox>;
let waiting: string;

beforeAll(async () => {
  chat = await startChat();
  pipeline = await startLocalPipeline({ more: settings, environment: { NODE_EXTRA_CA_CERTS: chat.certificate } });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  aws = { endpoint: pipeline.stack.endpoint, region: 'us-east-1', credentials };
  for (const kind of ['slack', 'teams']) {
    await awsCommand(shown(`/live-ci/${kind} `), aws, chat.url(kind));
  }
  boxes = {
    everybody: await openMailbox(pipeline),
    ada: await openMailbox(pipeline, ada),
    bob: await openMailbox(pipeline, bob),
  };
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await chat[Symbol.asyncDispose]();
});

/** The command of docs/notify.md that has these words. */
function shown(words: string): string {
  const lines = blocksOf('docs/notify.md').flatMap((block) => (block.where === 'on-aws' ? block.lines : []));
  return (lines.find((line) => line.includes(words)) ?? '').replaceAll(
    'us-east-1:123456789012:live-ci-production',
    'us-east-1:000000000000:live-ci-local',
  );
}

/** What a browser does with a link: opens it, and sends the form of one unit. */
async function approve(link: string, unit: string): Promise<number> {
  const place = `${link}?unit=${encodeURIComponent(unit)}`;
  const plan = /name="plan" value="([0-9a-f]{64})"/.exec(await (await fetch(place)).text())?.[1] ?? '';
  return (await fetch(place, { method: 'POST', body: new URLSearchParams({ do: 'approve', plan }) })).status;
}

test('ten units that wait are one message on each channel, and each approver has a link of their own', async () => {
  const files = units.map((path) => terraformUnit(pipeline.repository.states, path, { value: 'one' }));
  const commit = await pipeline.repository.commit(Object.assign({}, ...files), 'Ten units <!here>');
  const waits = ({ state }: { state: string }) => state === 'waiting-for-approval';
  waiting = (await pipeline.until(commit, (status) => status.units.every(waits))).delivery;
  chat.refuseOnce('teams');
  await pipeline.poll();
  const [everybody, ...more] = await boxes.everybody.read();
  expect(everybody?.Subject).toBe('live-ci-local: 10 units wait for approval');
  expect(more).toEqual([]);
  expect(everybody?.Message).not.toContain('http');
  const [[toAda, ...moreToAda], [toBob, ...moreToBob]] = [await boxes.ada.read(), await boxes.bob.read()];
  expect([moreToAda, moreToBob]).toEqual([[], []]);
  for (const mail of [toAda, toBob]) expect(mail?.Subject).toBe('live-ci-local: 10 units wait for your approval');
  expect(chat.posted('slack')).toHaveLength(1);
  const [ofAda, ofBob] = [toAda, toBob].map((mail) => (mail ? linkIn(mail) : '')) as [string, string];
  expect(ofAda).not.toBe(ofBob);
  expect(await approve(ofAda, 'unit-0')).toBe(200);
  expect(await approve(ofBob, 'unit-1')).toBe(200);
  const status = await pipeline.until(commit, (now) => now.units.filter(waits).length === 8);
  expect(status.units.find(({ path }) => path === 'unit-0')?.decided?.voter).toBe(ada);
  expect(status.units.find(({ path }) => path === 'unit-1')?.decided?.voter).toBe(bob);
});

test('the link in the chat only shows', async () => {
  const [message] = chat.posted('slack') as [{ blocks: unknown }];
  const link = /"url":"([^"]+)"/.exec(JSON.stringify(message.blocks))?.[1] ?? '';
  const page = await (await fetch(`${link}?unit=unit-2`)).text();
  expect(page).toContain('unit-2');
  expect(page).not.toContain('<form');
  const answered = await fetch(link, { method: 'POST', body: new URLSearchParams({ do: 'approve' }) });
  expect(answered.status).toBe(403);
});

test('a webhook that was down is told at the next poll, and nobody else again', async () => {
  expect(chat.posted('teams')).toEqual([]);
  await pipeline.poll();
  expect(chat.posted('teams')).toEqual([expect.objectContaining({ type: 'message' })]);
  expect(JSON.stringify(chat.posted('teams'))).toContain('unit-9');
  expect([await boxes.everybody.read(), await boxes.ada.read()]).toEqual([[], []]);
  expect(chat.posted('slack')).toHaveLength(1);
});

test('a rollback choice is asked of the approvers, and the end is told to everybody', async () => {
  await pipeline.give({ delivery: waiting, decision: 'cancel' });
  const commit = await pipeline.tip();
  await pipeline.until(commit, ({ state }) => state === 'waiting-for-rollback-choice');
  await pipeline.poll();
  const [asked] = await boxes.ada.read();
  expect(asked?.Subject).toBe('live-ci-local: your rollback choice is needed');
  expect(await (await fetch(asked ? linkIn(asked) : '')).text()).toContain('Try again, or choose what to roll back');
  await pipeline.give({ delivery: waiting, decision: 'decline', rollback: 'none' });
  const delivery = await pipeline.until(commit, ({ state }) => state === 'ended' || state === 'halted');
  expect(endings(delivery)).toMatchObject({ 'unit-0': 'applied', 'unit-2': 'cancelled' });
  await pipeline.poll();
  const subjects = (await boxes.everybody.read()).map(({ Subject }) => Subject);
  expect(subjects.slice(0, 2)).toEqual([
    'live-ci-local: a rollback choice is needed',
    `live-ci-local: ${waiting} has ended`,
  ]);
  expect(JSON.stringify(chat.posted('slack'))).toContain(`${waiting} has ended`);
});

test('an approver without a subscription gets no mail and stops nothing, until the command of the documentation has brought it back', async () => {
  const sns = new SNSClient(aws);
  const TopicArn = boxes.ada.topic;
  const subscribed = async () =>
    (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
  expect((await subscribed()).map(({ Endpoint }) => Endpoint)).toContain(ada);
  for (const { SubscriptionArn } of await subscribed()) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await pipeline.follow(await pipeline.tip());
  await boxes.bob.read();
  const files = terraformUnit(pipeline.repository.states, 'unit-0', { value: 'two' });
  const commit = await pipeline.repository.commit(files);
  // With what was cancelled before, which stays in git.
  const waits = ({ state }: { state: string }) => state === 'waiting-for-approval';
  await pipeline.until(commit, (status) => status.units.filter(waits).length === 9);
  await pipeline.poll();
  expect((await boxes.bob.read()).map(({ Subject }) => Subject)).toEqual([
    'live-ci-local: 9 units wait for your approval',
  ]);
  await awsCommand(shown('sns subscribe'), aws);
  expect((await subscribed()).map(({ Endpoint }) => Endpoint)).toEqual([ada]);
  await openMailbox(pipeline, ada);
  await pipeline.poll();
  expect((await boxes.ada.read()).map(({ Subject }) => Subject)).toEqual([
    'live-ci-local: 9 units wait for your approval',
  ]);
  await expect(awsCommand(shown('confirm-subscription'), aws)).rejects.toThrow(/token/i);
});
