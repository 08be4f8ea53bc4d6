import type { PreviewsByChoice, UnitPreview } from '../../../src/approval/rollback-preview.ts';
import { isOver, render } from '../../../src/cli/commands/status.ts';
import {
  type DeliveryStatus,
  status as readStatus,
  type Status,
  type UnitStatus,
} from '../../../src/delivery/status.ts';
import type { SyncRecord } from '../../../src/delivery/sync-record.ts';
import type { RememberedDecline } from '../../../src/model.ts';
import { noEffects } from '../../../src/model.ts';
import { emptyStatus } from '../../support/empty-status.ts';
import { endsInTrouble, shownDelivery } from '../../support/shown-delivery.ts';

const unit = (path: string, state: UnitStatus['state'], more: Partial<UnitStatus> = {}): UnitStatus => ({
  path,
  change: 'modified',
  reasons: ['main.tf changed'],
  stage: 'all',
  state,
  about: 'plan',
  asks: [],
  waitsFor: [],
  because: [],
  approvals: null,
  decided: null,
  counts: null,
  destroys: [],
  outputsChanged: [],
  warnings: [],
  otherState: null,
  modified: false,
  complete: false,
  plan: null,
  seconds: 0,
  error: null,
  ...more,
});
const delivery = (units: UnitStatus[], more: Partial<DeliveryStatus> = {}): DeliveryStatus => ({
  delivery: '0123456789ab-1',
  branch: 'main',
  head: '0123456789ab'.padEnd(40, '0'),
  author: 'Example',
  subject: 'make it bigger',
  attempt: 1,
  state: 'running',
  cancelled: null,
  units,
  modified: [],
  choices: null,
  ...more,
});
const shown = (status: Partial<Status>) => render({ ...emptyStatus, ...status }).split('\n');
const halted = { delivery: '0123456789ab-1', reason: 'half applied: db', since: '2026-01-02T03:04:05Z' };
const approval: NonNullable<UnitStatus['decided']> = {
  decision: 'approve',
  voter: 'ada@example.org',
  voters: ['ada@example.org'],
  at: '2026-01-02T03:04:05.000Z',
  comment: null,
  remembered: null,
};

const record: SyncRecord = {
  version: 1,
  commit: 'abcdef012345'.padEnd(40, '0'),
  branch: 'main',
  pullRequest: null,
  units: ['vpc'],
  left: [{ path: 'dns', reason: 'modules/zone serves others, too' }],
  applied: {},
};
const decline: RememberedDecline = {
  delivery: '0123456789ab-1',
  content: 'c'.repeat(64),
  fingerprint: null,
  voter: 'ada@example.org',
  at: '2026-01-02T03:04:05.000Z',
  comment: 'not on a Monday',
};

describe('the status', () => {
  test('of a delivery that was cancelled says who did it, and what still happens', () => {
    const cancelled = { voter: 'console:cli-ann-0b7cf3ae-91d2', at: '2026-01-02T03:04:05.000Z', comment: 'wrong day' };
    const lines = shown({ delivery: delivery([unit('vpc', 'applying')], { state: 'cancelling', cancelled }) });
    expect(lines.slice(1, 3)).toEqual([
      'Delivery 0123456789ab-1 cancelling: make it bigger (Example)',
      '  cancelled by ann (command line) on 2026-01-02 03:04 UTC: “wrong day”. What has begun comes to its end, and nothing else begins',
    ]);
  });

  test.each([
    ['interrupted', /local down.*within a minute, goes on/],
    ['gone', /not in Step Functions.*halted within five minutes/],
  ] as const)(
    'of a delivery that is %s says what comes of it, and asks nobody for what nobody can decide',
    (state, says) => {
      const lines = shown({ delivery: delivery([unit('vpc', 'waiting-for-approval')], { state }) });
      expect(lines[1]).toContain(state);
      expect(lines[2]).toMatch(says);
      expect(lines.join('\n')).not.toContain('live-ci approve');
    },
  );

  test('says that the last push was refused, why, and what to do', () => {
    const refused = {
      head: '0123456789ab'.padEnd(40, '0'),
      reason: 'app/main.tf:3:1: expected a value',
      at: halted.since,
    };
    expect(shown({ refused }).slice(1, 3)).toEqual([
      expect.stringMatching(
        /^0123456789ab was pushed, and could not be enqueued at .*: app\/main\.tf:3:1: expected a value$/,
      ),
      expect.stringContaining('Push a commit that mends it'),
    ]);
  });

  test('of a deployment that never delivered anything says so', () => {
    expect(shown({})).toEqual(['Queue: 0 waiting', 'Nothing was delivered yet.']);
  });

  test('of a plan that several must approve says who has', () => {
    const approvals = { given: ['ada@example.org', 'console'], needed: 3 };
    const lines = shown({ delivery: delivery([unit('vpc', 'waiting-for-approval', { approvals })]) });
    expect(lines[2]).toContain('waits for approval');
    expect(lines[2]).toContain('2 of 3 approvals: ada@example.org, console');
  });

  test('says what a plan that waits warns of', () => {
    const warns = { counts: noEffects, warnings: ['check.size fails: Too small.'] };
    const lines = shown({ delivery: delivery([unit('vpc', 'waiting-for-approval', warns)]) });
    expect(lines).toContain('  vpc warns: check.size fails: Too small.');
    expect(lines.join('\n')).toContain('+0 ~0 -0, 1 warning');
  });

  test('says what stays in the old state of a unit that waits', () => {
    const other = { counts: noEffects, otherState: { before: 'local path=/states/old', holds: 1 } };
    const lines = shown({ delivery: delivery([unit('vpc', 'waiting-for-approval', other)]) });
    expect(lines).toContain(
      '  vpc: its state is another one now: one resource stays in the old one (local path=/states/old)',
    );
  });

  test('shows every unit, what it does, and what waits for whom', () => {
    expect(
      shown({
        queue: { waiting: 2, dead: 1 },
        delivery: delivery([
          unit('vpc', 'applied', { counts: { ...noEffects, add: 1, change: 2 }, seconds: 3.25 }),
          unit('db', 'waiting-for-approval', { counts: { ...noEffects, change: 1 } }),
          unit('app', 'waiting', { waitsFor: ['db', 'cache'] }),
          unit('dns', 'failed', { error: 'terraform plan failed: no.\nmore' }),
        ]),
      }),
    ).toEqual([
      'Queue: 2 waiting, 1 dead letter(s)',
      'Delivery 0123456789ab-1 running: make it bigger (Example)',
      '  ✔  vpc  applied             +1 ~2 -0  3.3 s  main.tf changed',
      '  ?  db   waits for approval  +0 ~1 -0         main.tf changed',
      '  ·  app  waiting                              waits for db, cache',
      '  ✘  dns  failed                               terraform plan failed: no.',
      '  live-ci plan db shows the plan; live-ci approve | decline | replan db',
    ]);
  });

  test('of a delivery that touches nothing says so', () => {
    expect(shown({ delivery: delivery([], { state: 'ended' }) }).at(-1)).toBe('  touches no unit');
  });

  test('says how to go on when the queue is halted', () => {
    const lines = shown({
      halted,
      carried: [{ path: 'db', reason: 'failed in 0123456789ab-1', declined: null }],
    });
    expect(lines).toContain('Halted since 2026-01-02 03:04 UTC: half applied: db');
    expect(lines.join('\n')).toContain('Mended by a newer commit? live-ci skip: the queue goes on');
    expect(lines.join('\n')).toContain('Mended elsewhere, and the code is right? live-ci replay');
    expect(lines.slice(-3)).toEqual([
      'Not as git says, and planned again by the next delivery:',
      '  db: failed in 0123456789ab-1',
      '  live-ci log db shows what failed',
    ]);
  });

  test('shows how to choose a rollback, with what can be rolled back', () => {
    const waiting = delivery([unit('db', 'failed')], { state: 'waiting-for-rollback-choice', modified: ['db', 'a b'] });
    const lines = shown({ delivery: waiting });
    expect(lines).toContain('Delivery 0123456789ab-1 waiting for rollback choice: make it bigger (Example)');
    expect(lines.slice(-3)).toEqual([
      '  live-ci retry plans and asks again what did not end well, and rolls nothing back',
      "  live-ci decline --rollback none | current | dependencies | all | selective --unit db --unit 'a b'",
      '  live-ci log db shows what failed',
    ]);
  });

  test('shows what each rollback choice would do, as much as fits a screen', async () => {
    const visit = await shownDelivery();
    await visit.approvals.askForRollback(await endsInTrouble(visit));
    const { delivery } = await readStatus(visit.approvals.stage.bucket);
    const lines = shown({ delivery });
    const database =
      '    data/orders-db: goes back to commit 1197955e4244. To be expected: changes 1 back; destroys 1 that it made; replaces again aws_db_instance.orders. Its plan is asked about before it is carried out.';
    expect(lines.slice(lines.indexOf('  --rollback none'))).toEqual([
      '  --rollback none',
      '    Nothing is rolled back.',
      '    Stays as this delivery applied it: network/dns, network/vpc, data/orders-db',
      '    Halts the pipeline until somebody runs live-ci replay or live-ci skip: it has failed, and stays as far as it was applied: data/orders-db',
      '  --rollback current',
      database,
      '    Stays as this delivery applied it: network/dns, network/vpc',
      '  --rollback dependencies',
      '    network/vpc: goes back to commit 1197955e4244. To be expected: changes 2 back.',
      database,
      '    Stays as this delivery applied it: network/dns',
      '  --rollback all',
      '    network/dns: goes back to commit 1197955e4244. To be expected: changes 2 back.',
      '    network/vpc: goes back to commit 1197955e4244. To be expected: changes 2 back.',
      database,
    ]);
    const [one] = delivery?.choices?.all.units ?? [];
    const many = { units: Array.from({ length: 20 }, () => one as UnitPreview), notes: [] };
    const choices = { ...(delivery?.choices as PreviewsByChoice), all: many };
    const cut = shown({ delivery: delivery && { ...delivery, choices } });
    expect(cut.slice(cut.indexOf('  --rollback all') + 1)).toHaveLength(13);
    expect(cut.at(-1)).toBe('    … and 8 more');
  });

  test('prints commands that a shell understands, whatever the path', () => {
    const line = (path: string) => shown({ delivery: delivery([unit(path, 'waiting-for-approval')]) }).at(-1);
    expect(line('a b')).toContain("live-ci plan 'a b' shows");
    expect(line("it's $(x)")).toContain("live-ci plan 'it'\\''s $(x)' shows");
    expect(line('-rf')).toContain('live-ci plan -- -rf shows');
  });

  test('lets nothing that others wrote move the cursor', () => {
    const evil = '\u001b[2J';
    const lines = shown({
      halted: { delivery: '0123456789ab-1', reason: evil, since: '2026-01-02T03:04:05Z' },
      carried: [{ path: evil, reason: evil, declined: { ...decline, voter: evil, comment: evil } }],
      delivery: delivery(
        [unit(`vpc${evil}`, 'waiting-for-approval', { reasons: [evil], error: evil, waitsFor: [evil] })],
        {
          subject: evil,
          author: evil,
          modified: [evil],
          state: 'waiting-for-rollback-choice',
        },
      ),
    });
    expect(lines.join('\n')).not.toContain('\u001b');
  });

  test('names who approved a unit, a person or the rule', () => {
    const line = (decided: Partial<NonNullable<UnitStatus['decided']>>) =>
      shown({ delivery: delivery([unit('vpc', 'applied', { decided: { ...approval, ...decided } })]) })[2];
    expect(line({ voters: ['auto-approve (no-destroy)'] })).toContain(
      'main.tf changed; approved by auto-approve (no-destroy)',
    );
    expect(line({ voters: ['ada@example.org', 'bob@example.org'] })).toContain('by ada@example.org, bob@example.org');
    expect(line({ voters: ['console:cli-ann-0b7cf3ae-91d2'] })).toContain('approved by ann (command line)');
    expect(line({ voters: ['console:release'] })).toContain('approved by release (console)');
  });

  test('says who declined a unit, when and why, and what was cancelled by that', () => {
    const decided = { ...approval, decision: 'decline' as const, comment: 'not on a Monday\u001b[2J' };
    const [, , vpc, app, dns] = shown({
      delivery: delivery([
        unit('vpc', 'declined', { decided }),
        unit('app', 'cancelled', { because: ['vpc'] }),
        unit('dns', 'declined'),
      ]),
    });
    expect(vpc).toContain('declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday�[2J”');
    expect(app).toContain('vpc did not end well');
    expect(dns).toContain('nobody answered in time');
  });

  test('of a unit that was declined before says that nobody was asked again, and how to be', () => {
    const decided = {
      ...approval,
      decision: 'decline' as const,
      comment: 'not on a Monday',
      remembered: decline.delivery,
    };
    const carried = [{ path: 'vpc', reason: 'declined in 111111111111-1', declined: decline }];
    const lines = shown({ carried, delivery: delivery([unit('vpc', 'declined', { decided })]) });
    const words =
      'declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”; nothing of it has changed since';
    expect(lines[2]).toContain(words);
    expect(lines.slice(-2)).toEqual([
      `  vpc: ${words} (0123456789ab-1)`,
      '  live-ci reconsider vpc has it asked about again',
    ]);
  });

  test('shows what went wrong above the commit that put it back, and says how to have the change again', () => {
    const before = delivery([unit('vpc', 'failed', { error: 'no such zone' })], { state: 'ended' });
    const own = { delivery: '222222222222-1', subject: 'live-ci: put back 1 unit', author: 'live-ci' };
    const lines = shown({ before, putBack: record, delivery: delivery([], { state: 'ended', ...own }) });
    expect(lines.slice(1)).toEqual([
      'Delivery 0123456789ab-1 ended: make it bigger (Example)',
      '  ✘  vpc  failed      no such zone',
      `Put back in git by ${record.commit?.slice(0, 12)} on main: vpc. git revert ${record.commit?.slice(0, 12)} brings the change back`,
      '  dns is not as git says: modules/zone serves others, too',
      'Delivery 222222222222-1 ended: live-ci: put back 1 unit (live-ci)',
      '  touches no unit',
    ]);
  });

  test('says where it is proposed to put units back, once', () => {
    const proposal = { ...record, branch: 'live-ci/sync-main', left: [] };
    const ended = { delivery: delivery([unit('vpc', 'failed')], { state: 'ended' }) };
    const words = `Proposed to put back in git: vpc (branch live-ci/sync-main, commit ${record.commit?.slice(0, 12)})`;
    expect(shown({ ...ended, putBack: proposal, proposal }).slice(3)).toEqual([words]);
    expect(shown({ ...ended, proposal }).slice(3)).toEqual([words]);
    const pullRequest = 'https://github.example/pull/7';
    expect(shown({ ...ended, proposal: { ...proposal, pullRequest } }).at(-1)).toContain(`: vpc (${pullRequest})`);
  });

  test('says how to look at it in a browser, where there is a page and somebody is waited for', () => {
    const text = (state: UnitStatus['state'], hasPage: boolean) =>
      render({ ...emptyStatus, delivery: delivery([unit('vpc', state)]) }, { hasPage });
    expect(text('waiting-for-approval', true)).toContain('live-ci link --view');
    expect(text('waiting-for-approval', false)).not.toContain('live-ci link');
    expect(text('applied', true)).not.toContain('live-ci link');
  });

  test('of many units begins with how many there are of each kind, what waits for people first', () => {
    const many = Array.from({ length: 20 }, (_, n) =>
      unit(`u${n}`, n < 14 ? 'applied' : n < 18 ? 'waiting-for-approval' : 'waiting'),
    );
    const lines = shown({ delivery: delivery(many) });
    expect(lines[2]).toBe('  4 waits for approval · 14 applied · 2 waiting');
    // One line says it for all.
    expect(lines.filter((line) => line.includes('live-ci plan'))).toEqual([
      '  live-ci plan UNIT shows the plan; live-ci approve | decline | replan UNIT',
    ]);
  });

  test('is cut to the width of the terminal', () => {
    const text = render({ ...emptyStatus, delivery: delivery([unit('vpc', 'applied')]) }, { width: 20 });
    expect(text.split('\n')[2]).toBe('  ✔  vpc  applied  …');
  });

  test.each<[boolean, Partial<Status>, boolean]>([
    [false, { delivery: delivery([]) }, false],
    [true, { delivery: delivery([], { state: 'ended' }) }, false],
    [false, { delivery: delivery([], { state: 'ended' }), queue: { waiting: 1, dead: 0 } }, false],
    // What waits behind a halted delivery waits for somebody to decide.
    [true, { delivery: delivery([], { state: 'halted' }), halted, queue: { waiting: 1, dead: 0 } }, false],
    [true, { delivery: delivery([], { state: 'ended' }), queue: { waiting: 1, dead: 0 } }, true],
  ])('is watched until nothing follows by itself: %j', (over, status, named) => {
    expect(isOver({ ...emptyStatus, ...status }, named)).toBe(over);
  });
});
