import { render } from '../../../src/cli/commands/status.ts';
import type { DeliveryStatus, Status, UnitStatus } from '../../../src/delivery/status.ts';

const unit = (path: string, state: UnitStatus['state'], more: Partial<UnitStatus> = {}): UnitStatus => ({
  path,
  change: 'modified',
  reasons: ['main.tf changed'],
  stage: 'all',
  state,
  waitsFor: [],
  approvals: null,
  decided: null,
  counts: null,
  destroys: [],
  outputsChanged: [],
  modified: false,
  plan: null,
  seconds: 0,
  error: null,
  ...more,
});
const delivery = (units: UnitStatus[], more: Partial<DeliveryStatus> = {}): DeliveryStatus => ({
  delivery: '0123456789ab-1',
  head: '0123456789ab'.padEnd(40, '0'),
  author: 'Example',
  subject: 'make it bigger',
  attempt: 1,
  state: 'running',
  cancelled: null,
  units,
  modified: [],
  ...more,
});
const shown = (status: Partial<Status>) =>
  render({ queue: { waiting: 0, dead: 0 }, halted: null, carried: [], delivery: null, ...status }).split('\n');

describe('the status', () => {
  test('of a delivery that was cancelled says who did it, and what still happens', () => {
    const cancelled = { voter: 'console:cli-ann-1', at: '2026-01-02T03:04:05.000Z', comment: 'wrong day' };
    const lines = shown({ delivery: delivery([unit('vpc', 'applying')], { state: 'cancelling', cancelled }) });
    expect(lines.slice(1, 3)).toEqual([
      'Delivery 0123456789ab-1 cancelling: make it bigger (Example)',
      '  cancelled by console:cli-ann-1 at 2026-01-02T03:04:05.000Z: wrong day. What has begun comes to its end, and nothing else begins',
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

  test('shows every unit, what it does, and what waits for whom', () => {
    expect(
      shown({
        queue: { waiting: 2, dead: 1 },
        delivery: delivery([
          unit('vpc', 'applied', { counts: { add: 1, change: 2, destroy: 0 }, seconds: 3.25 }),
          unit('db', 'waiting-for-approval', { counts: { add: 0, change: 1, destroy: 0 } }),
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
      halted: { delivery: '0123456789ab-1', reason: 'half applied: db', since: '2026-01-02T03:04:05Z' },
      carried: [{ path: 'db', reason: 'failed in 0123456789ab-1' }],
    });
    expect(lines).toContain('Halted since 2026-01-02T03:04:05Z: half applied: db');
    expect(lines.join('\n')).toContain('live-ci replay delivers the open units again; live-ci skip gives them up');
    expect(lines).toContain('carried: db (failed in 0123456789ab-1)');
  });

  test('shows how to choose a rollback, with what can be rolled back', () => {
    const waiting = delivery([unit('db', 'failed')], { state: 'waiting-for-rollback-choice', modified: ['db', 'a b'] });
    const lines = shown({ delivery: waiting });
    expect(lines).toContain('Delivery 0123456789ab-1 waiting for rollback choice: make it bigger (Example)');
    expect(lines.at(-1)).toBe(
      "  live-ci decline --rollback none | current | dependencies | all | selective --units=db,'a b'",
    );
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
      carried: [{ path: evil, reason: evil }],
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
    const decided = {
      decision: 'approve',
      voter: 'auto-approve (no-destroy)',
      at: '2026-01-02T03:04:05.000Z',
    } as const;
    const [, , line] = shown({ delivery: delivery([unit('vpc', 'applied', { decided })]) });
    expect(line).toContain('main.tf changed; approved by auto-approve (no-destroy)');
  });
});
