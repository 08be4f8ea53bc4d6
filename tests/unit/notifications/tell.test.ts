import { ask } from '../../../src/approval/ask.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { DeliveryError } from '../../../src/errors.ts';
import { NotTold } from '../../../src/notifications/channel.ts';
import { tellAfter, tellEnd, tellWaiting } from '../../../src/notifications/tell.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { commit } from '../../support/change-set.ts';
import { CutOff, cutOffAtEveryCall, Process } from '../../support/cut-off.ts';
import { Post } from '../../support/post.ts';

const [ada, bob, cyd] = ['ada@example.org', 'bob@example.org', 'cyd@example.org'];
const day = 24 * 60;
const nothing = new Set<string>();
const next = `${commit('c2').slice(0, 12)}-1`;

async function post(rules: Parameters<typeof Approvals.start>[0] = {}, ...approvers: string[]): Promise<Post> {
  return new Post(await Approvals.start(rules), ...approvers);
}

const plannedAgain = (told: Post, unit: string) =>
  ask(told.approvals.approvalOf(unit, `token of ${unit}, planned again`, 'b'.repeat(64)), told.approvals.context());

describe('what waits for approvers', () => {
  test('is told in one message on each channel, however many units it is, and once', async () => {
    const told = await post();
    await told.approvals.askFor('vpc', 'dns');
    await tellWaiting(told.context());
    await tellWaiting(told.context(10));
    for (const { subjects } of [told.topic, told.chat])
      expect(subjects).toEqual(['live-ci-test: 2 units wait for approval, 2 DESTROY']);
  });

  test('says what stays in the old state of a unit that has another one now', async () => {
    const told = await post();
    const { approvals } = told;
    await approvals.elsewhere('vpc');
    const planned = { action: 'plan', outcome: 'planned', plan: 'a'.repeat(64) } as const;
    await approvals.stage.built(delivery, 'vpc', { ...planned, heldBefore: 14 });
    await approvals.askFor('vpc', 'dns');
    await tellWaiting(told.context());
    expect(told.topic.text.match(/.*; its state is .*/g)).toEqual([
      expect.stringMatching(/vpc .*; its state is another one now: 14 resources stay in the old one$/),
    ]);
  });

  test('and comes soon after a message of which something still waits is kept for the next one', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    await told.approvals.askFor('dns');
    await tellWaiting(told.context(1));
    await told.approvals.askFor('db');
    await tellWaiting(told.context(4));
    expect(told.topic.subjects).toHaveLength(1);
    await tellWaiting(told.context(5));
    expect(told.topic.subjects.slice(1)).toEqual(['live-ci-test: 2 units wait for approval, 2 DESTROY']);
  });

  test('is told at once when what was told before has been answered: nobody has anything to do by then', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    await told.approvals.decide({ unit: 'vpc', decision: 'replan' });
    await plannedAgain(told, 'vpc');
    await tellWaiting(told.context(1));
    expect(told.topic.subjects).toEqual(Array(2).fill('live-ci-test: 1 unit waits for approval, 1 DESTROYS'));
  });

  test('is told at each poll where no minutes are to be quiet', async () => {
    const told = await post();
    told.pace = { quietMinutes: 0, remindHours: 24 };
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    await told.approvals.askFor('dns');
    await tellWaiting(told.context());
    expect(told.topic.subjects).toHaveLength(2);
  });

  test('is told again when it has waited for a day, and for another day', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    for (const minutes of [0, day - 1, day, day + 1, 2 * day]) await tellWaiting(told.context(minutes));
    expect(told.topic.subjects.slice(1)).toEqual(
      Array(2).fill('live-ci-test: still: 1 unit waits for approval, 1 DESTROYS'),
    );
    expect(told.topic.text).toContain('(since 2026-01-02 03:04 UTC)');
  });

  test('is the choice of what to roll back as well', async () => {
    const told = await post({ approvers: [ada, bob] }, ada);
    await told.approvals.askForRollback({ vpc: 'applied', db: 'failed' });
    await tellWaiting(told.context());
    expect(told.topic.subjects).toEqual(['live-ci-test: a rollback choice is needed']);
    expect(told.topic.text).toContain('live-ci decline --rollback CHOICE');
    expect(told.of(ada).subjects).toEqual(['live-ci-test: your rollback choice is needed']);
    expect(told.linked).toContainEqual({ delivery, units: [], approver: ada });
  });

  test('costs three calls when there is nothing new, however many channels there are', async () => {
    const told = await post({ approvers: [ada, bob] }, ada, bob);
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    const process = new Process();
    await tellWaiting(told.context(1, process));
    expect(process.calls).toBe(3);
    expect(told.topic.messages).toHaveLength(1);
  });

  test('is told at least once wherever the telling is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const told = await post({ approvers: [ada], minimumApprovals: 1 }, ada);
      await told.approvals.askFor('vpc');
      await tellWaiting(told.context(0, process)).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return tellWaiting(told.context());
      });
      for (const { subjects } of [told.topic, told.of(ada)]) expect(new Set(subjects).size).toBe(1);
    });
  });

  test('is told at the next poll when only its token was there yet', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    const { bucket } = told.approvals.stage;
    const key = bucketKeys.request(delivery, 'vpc');
    const request = bucket.text(key) ?? '';
    await bucket.remove(key);
    await tellWaiting(told.context());
    expect(told.topic.messages).toEqual([]);
    await bucket.write(key, request);
    await tellWaiting(told.context(1));
    expect(told.topic.messages).toHaveLength(1);
  });

  test('is not told twice by the version before, which knew one channel', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    const { token } = told.approvals.request('vpc');
    const before = { version: 1, waiting: { [token]: '2026-01-02T03:04:05.000Z' }, ended: false };
    await told.approvals.stage.bucket.write(bucketKeys.told(delivery), JSON.stringify(before));
    await tellWaiting(told.context());
    expect([told.topic.messages.length, told.chat.messages.length]).toEqual([0, 1]);
  });
});

describe('an approver', () => {
  test('is mailed a link of their own, to the units of which they are an approver', async () => {
    const told = await post({ approvers: [ada, 'Bob@Example.org'] }, ada, bob, cyd);
    await told.approvals.askFor('vpc', 'dns');
    await tellWaiting(told.context());
    expect(told.of(ada).subjects).toEqual(['live-ci-test: 2 units wait for your approval, 2 DESTROY']);
    expect(told.of(ada).text).toContain(`https://page.example.org/${ada}/dns+vpc`);
    expect(told.of(ada).text).toContain(`For ${ada} alone, until 2026-01-09 03:04 UTC`);
    expect(told.of(bob).text).toContain(`https://page.example.org/${bob}/dns+vpc`);
    expect(told.of(bob).text).not.toContain(ada);
    expect(told.of(cyd).messages).toEqual([]);
    expect(told.topic.text).not.toContain('https:');
    expect(told.topic.text).toContain('Approvers have a mail of their own');
  });

  test('who has written the commit is not asked where its author may not approve', async () => {
    const told = await post({ approvers: [ada, bob], authorMayApprove: false }, ada, bob);
    const { bucket } = told.approvals.stage;
    const described = JSON.parse(bucket.text(bucketKeys.delivery(delivery)) ?? '');
    await bucket.write(bucketKeys.delivery(delivery), JSON.stringify({ ...described, authorEmails: [bob] }));
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    expect([told.of(ada).messages.length, told.of(bob).messages.length]).toEqual([1, 0]);
  });

  test('who has approved a plan already is not asked again, and the others are told how many approvals it has', async () => {
    const told = await post({ approvers: [ada, bob], minimumApprovals: 2 }, ada, bob);
    await told.approvals.askFor('vpc');
    await told.approvals.decide({ unit: 'vpc', decision: 'approve' }, undefined, ada);
    await tellWaiting(told.context());
    expect(told.of(ada).messages).toEqual([]);
    expect(told.of(bob).text).toContain('1 of 2 approvals');
  });

  test('who has approved is asked again about a new plan', async () => {
    const told = await post({ approvers: [ada, bob], minimumApprovals: 2 }, ada, bob);
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    await told.approvals.decide({ unit: 'vpc', decision: 'approve' }, undefined, ada);
    await told.approvals.decide({ unit: 'vpc', decision: 'replan' }, undefined, bob);
    await plannedAgain(told, 'vpc');
    await tellWaiting(told.context(1));
    expect([told.of(ada).messages.length, told.of(bob).messages.length]).toEqual([2, 2]);
  });

  test('is mailed without a link, and told what to do instead, when none can be signed', async () => {
    const told = await post({ approvers: [ada] }, ada);
    told.hasPage = false;
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    expect(told.of(ada).text).toContain('should have a link to the approval page and has none');
    expect(told.of(ada).text).toContain('live-ci approve UNIT');
  });

  test('who is asked about very many units is mailed in parts, and misses none', async () => {
    const paths = Array.from({ length: 60 }, (_, index) => `unit-${String(index).padStart(200, '0')}`);
    const facts = {
      graph: Object.fromEntries(paths.map((path) => [path, []])),
      touched: Object.fromEntries(paths.map((path) => [path, 'added' as const])),
    };
    const told = new Post(await Approvals.start({ approvers: [ada] }, facts), ada);
    await told.approvals.askFor(...paths);
    for (const minutes of [0, 1, 5, 10, 15]) await tellWaiting(told.context(minutes));
    expect(told.of(ada).messages[0]?.subject).toContain('29 units wait for your approval');
    expect(told.linked.filter(({ approver }) => approver === ada).flatMap(({ units }) => units)).toEqual(paths);
    expect(told.topic.subjects).toEqual([expect.stringContaining('60 units wait for approval')]);
  });

  test('hears of no end', async () => {
    const told = await post({ approvers: [ada] }, ada);
    await told.approvals.stage.execute(delivery);
    await told.approvals.stage.poll();
    expect(await tellEnd(delivery, told.context())).toBe(true);
    expect(told.of(ada).messages).toEqual([]);
  });
});

test('a chat is given a link that only shows', async () => {
  const told = await post();
  await told.approvals.askFor('vpc');
  await tellWaiting(told.context());
  expect(told.chat.text).toContain('Look at it (this link only shows):\n  https://page.example.org/onlooker/vpc');
  expect(told.linked).toEqual([{ delivery, units: ['vpc'], approver: null }]);
});

describe('a channel that can not be told', () => {
  test('keeps none of the others back, and is told at the next poll', async () => {
    const told = await post({ approvers: [ada] }, ada);
    told.chat.fails = new NotTold('Slack (/live-ci/slack) answered 503');
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    expect([told.topic, told.chat, told.of(ada)].map(({ messages }) => messages.length)).toEqual([1, 0, 1]);
    told.chat.fails = undefined;
    await tellWaiting(told.context(1));
    expect([told.topic, told.chat, told.of(ada)].map(({ messages }) => messages.length)).toEqual([1, 1, 1]);
  });

  test('is in the log by its name, with the reason, and is counted', async () => {
    const told = await post();
    told.chat.fails = new NotTold('Slack (/live-ci/slack) answered 503');
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    expect(told.logged).toEqual([
      {
        message: 'a channel was not told',
        fields: { channel: 'slack /live-ci/slack', why: 'Slack (/live-ci/slack) answered 503' },
      },
    ]);
    expect(told.measured).toEqual([['FailedNotifications', 1]]);
  });

  test('because the approver has not confirmed is in the log, and raises no alarm', async () => {
    const told = await post({ approvers: [ada] }, ada);
    told.of(ada).fails = new NotTold(`${ada} has no confirmed subscription`, { isFailure: false });
    await told.approvals.askFor('vpc');
    await tellWaiting(told.context());
    expect(told.logged.map(({ fields }) => fields?.channel)).toEqual([`approver ${ada}`]);
    expect(told.measured).toEqual([]);
  });
});

describe('after a poll', () => {
  test('that finds nothing to do, one call tells that nobody has anything to be told', async () => {
    const told = await post();
    await told.approvals.stage.execute(delivery);
    await told.approvals.stage.poll();
    const known = await tellAfter('idle', nothing, told.context());
    expect([[...known], told.topic.messages.length]).toEqual([[delivery], 1]);
    const process = new Process();
    expect(await tellAfter('idle', known, told.context(1, process))).toEqual(known);
    expect(process.calls).toBe(1);
  });

  test('the end that a channel could not be told is tried again, also while the next delivery runs', async () => {
    const told = await post();
    await told.approvals.stage.execute(delivery);
    await told.approvals.stage.poll();
    told.chat.fails = new Error('no network');
    expect(await tellAfter('running', nothing, told.context())).toEqual(nothing);
    told.chat.fails = undefined;
    expect(await tellAfter('running', nothing, told.context(1))).toEqual(new Set([delivery]));
    expect([told.topic.messages.length, told.chat.messages.length]).toEqual([1, 1]);
  });

  test('each end is told where one poll has ended two: the next delivery can not be published', async () => {
    const told = await post();
    const { stage } = told.approvals;
    await stage.execute(delivery);
    await stage.enqueue(2, { graph: { vpc: [] }, touched: { vpc: 'modified' }, code: { vpc: 'two' } });
    stage.stepFunctions.publish = () => Promise.reject(new DeliveryError('the definition is refused'));
    await stage.poll();
    expect(stage.pointer).toMatchObject({ last: next, halted: { delivery: next } });
    expect(await tellAfter('halted', nothing, told.context())).toEqual(new Set([delivery, next]));
    expect(told.topic.subjects).toEqual([`live-ci-test: ${delivery} has ended`, `live-ci-test: HALTED by ${next}`]);
  });

  test('an end that a channel could not be told is tried again after the next delivery has ended, too', async () => {
    const told = await post();
    const { stage } = told.approvals;
    told.chat.fails = new Error('no network');
    await stage.execute(delivery);
    await stage.enqueue(2, { graph: { vpc: [] }, touched: { vpc: 'modified' }, code: { vpc: 'two' } });
    await stage.poll();
    const known = await tellAfter('started', nothing, told.context());
    await stage.execute(next);
    await stage.poll();
    told.chat.fails = undefined;
    await tellAfter('idle', known, told.context(1));
    expect(told.chat.subjects).toEqual([`live-ci-test: ${delivery} has ended`, `live-ci-test: ${next} has ended`]);
    expect(told.topic.subjects).toEqual(told.chat.subjects);
  });

  test('an end that can not even be read keeps nobody from being told what waits', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    const { bucket } = told.approvals.stage;
    const ended = 'aaaaaaaaaaaa-1';
    await bucket.write(bucketKeys.told(ended), 'no JSON');
    await bucket.write(bucketKeys.pointer, JSON.stringify({ ...told.approvals.stage.pointer, last: ended }));
    expect(await tellAfter('running', nothing, told.context())).toEqual(nothing);
    expect(told.topic.messages).toHaveLength(1);
    expect(told.logged).toEqual([
      { message: 'nobody could be told', fields: { why: expect.stringContaining('restore the object') } },
    ]);
    expect(told.measured).toEqual([['FailedNotifications', 1]]);
  });

  test('that another one overtook nothing is told: that one tells', async () => {
    const told = await post();
    await told.approvals.askFor('vpc');
    await tellAfter('overtaken', nothing, told.context());
    expect(told.topic.messages).toEqual([]);
  });
});

describe('the end of a delivery', () => {
  async function ended(how: Parameters<Approvals['stage']['execute']>[1] = {}): Promise<Post> {
    const told = await post();
    await told.approvals.stage.execute(delivery, how);
    await told.approvals.stage.poll();
    return told;
  }

  test('is told once, with how its units ended', async () => {
    const told = await ended({ vpc: 'applied', dns: 'applied', db: 'declined', app: 'cancelled' });
    expect(await tellEnd(delivery, told.context())).toBe(true);
    expect(await tellEnd(delivery, told.context())).toBe(true);
    for (const { subjects } of [told.topic, told.chat])
      expect(subjects).toEqual([`live-ci-test: ${delivery} has ended`]);
    expect(told.topic.text).toMatch(/2 applied\n {2}(vpc\n {2}dns|dns\n {2}vpc)/);
  });

  test('says who declined a unit, when and why', async () => {
    const told = await post();
    const { approvals } = told;
    await approvals.askFor('db', 'dns');
    await approvals.decide({ unit: 'db', decision: 'decline', comment: 'not on a Monday' }, approvals.context(), ada);
    await approvals.stage.execute(delivery, { db: 'declined', app: 'cancelled', dns: 'declined' });
    await approvals.stage.poll();
    await tellEnd(delivery, told.context());
    expect(told.topic.text).toContain('db   declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”');
    expect(told.topic.text).not.toContain('nothing of it has changed since');
  });

  test('says what is wrong with a unit that can not be understood', async () => {
    const error = 'db/main.tf:3:1: expected "}"';
    const graph = { vpc: [], db: [] };
    const told = new Post(
      await Approvals.start({}, { graph, touched: { vpc: 'added', db: 'added' }, errors: { db: error } }),
    );
    await told.approvals.stage.execute(delivery, { db: 'failed' });
    await told.approvals.stage.poll();
    await tellEnd(delivery, told.context());
    expect(told.topic.text).toContain(`1 failed\n  db   ${error}\n`);
  });

  test('says of what was declined before that nothing of it has changed', async () => {
    const told = await post();
    const { stage } = told.approvals;
    await told.approvals.askFor('db');
    await told.approvals.decide({ unit: 'db', decision: 'decline' }, told.approvals.context(), ada);
    const request = { ...told.approvals.request('db'), remembered: '0123456789ab-1' };
    await stage.bucket.write(bucketKeys.request(delivery, 'db'), JSON.stringify(request));
    await stage.execute(delivery, { db: 'declined', app: 'cancelled' });
    await stage.poll();
    await tellEnd(delivery, told.context());
    expect(told.topic.text).toContain('by ada@example.org on 2026-01-02 03:04 UTC; nothing of it has changed since');
  });

  test('says when the queue is halted by it, why, and what to do', async () => {
    const told = await ended({ vpc: 'half applied' });
    await tellEnd(delivery, told.context());
    expect(told.topic.subjects).toEqual([`live-ci-test: HALTED by ${delivery}`]);
    expect(told.topic.text).toContain('The queue is halted: half applied: vpc');
    for (const command of ['live-ci replay', 'live-ci skip']) expect(told.topic.text).toContain(command);
  });

  test('is told later on the channel that failed, and there alone', async () => {
    const told = await ended();
    told.chat.fails = new Error('no network');
    expect(await tellEnd(delivery, told.context())).toBe(false);
    told.chat.fails = undefined;
    expect(await tellEnd(delivery, told.context(1))).toBe(true);
    expect([told.topic.messages.length, told.chat.messages.length]).toEqual([1, 1]);
  });

  test('is no news after a day: who is added then hears of the next one', async () => {
    const told = await ended();
    expect(await tellEnd(delivery, told.context(day + 1))).toBe(true);
    expect(told.topic.messages).toEqual([]);
  });

  test('without outcomes is nothing to tell', async () => {
    const told = await post();
    expect(await tellEnd(delivery, told.context())).toBe(true);
    expect(told.topic.messages).toEqual([]);
  });
});
