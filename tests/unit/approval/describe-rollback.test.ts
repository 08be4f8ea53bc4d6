import { parseDecision } from '../../../src/approval/decide.ts';
import type { Description } from '../../../src/approval/describe.ts';
import { describeRollback } from '../../../src/approval/describe-rollback.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { noEffects } from '../../../src/model.ts';
import { mostDescribed } from '../../../statemachine/limits.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { type Ended, recordsOf } from '../../support/pipeline-stage.ts';

const plan = 'a'.repeat(64);
const link = 'https://page.example.org/link';

async function describedAfter(approvals: Approvals, ended: Ended, links = [link]): Promise<Description> {
  const { bucket } = approvals.stage;
  await approvals.stage.leaveHalfApplied(delivery, ended);
  const outcomes = recordsOf(approvals.stage.delivery(delivery), ended);
  const ask = 'description of the rollback';
  return describeRollback({ ask, delivery, outcomes }, { bucket, links: async () => links });
}

/** vpc's apply has failed half way, dns was declined by Ada; the other units were cancelled because of that. */
const ended = { vpc: 'half applied', dns: 'declined', db: 'cancelled', app: 'cancelled' } as const;
async function wentWrong(): Promise<Approvals> {
  const approvals = await Approvals.start();
  const { stage } = approvals;
  const counts = { ...noEffects, add: 2, change: 1, destroy: 1, import: 1 };
  const destroys = [{ address: 'aws_db.main', replaced: true }];
  for (const unit of ['vpc', 'dns'])
    await stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan, counts, destroys });
  await approvals.askFor('vpc', 'dns');
  const decline = { unit: 'dns', decision: 'decline', comment: 'not on a Monday' };
  await approvals.decide(decline, approvals.context(), 'ada@example.org');
  const error = 'terraform apply failed: disk is gone';
  await stage.built(delivery, 'vpc', { action: 'apply', outcome: 'failed', plan, counts, destroys, error });
  const log = [...Array(30).keys()].map((line) => `line ${line}`).join('\n');
  await stage.bucket.write(bucketKeys.log(delivery, 'vpc', 'apply'), log);
  return approvals;
}

describe('what the console shows of a rollback question', () => {
  test('says what failed and with which error, who declined what and why, and whose commit it is', async () => {
    expect(await describedAfter(await wentWrong(), ended)).toMatchObject({
      'what went wrong': [
        'dns: declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”',
        'vpc: failed: terraform apply failed: disk is gone',
      ],
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      message: expect.stringMatching(/./),
      author: expect.stringMatching(/./),
      'to look at it': link,
    });
  });

  test('has the end of the log of what failed, and of nothing else', async () => {
    const described = await describedAfter(await wentWrong(), ended);
    const logs = Object.entries(described).filter(([name]) => name.startsWith('the end of the log of '));
    expect(logs).toEqual([
      ['the end of the log of vpc', Array.from({ length: 20 }, (_, index) => `line ${index + 10}`)],
    ]);
  });

  test('says who has cancelled the delivery, and why', async () => {
    const approvals = await Approvals.start();
    await approvals.decide({ decision: 'cancel', comment: 'wrong day' }, approvals.context(), 'ada@example.org');
    expect(await describedAfter(approvals, { ...ended, vpc: 'applied', dns: 'cancelled' })).toMatchObject({
      'the delivery was': 'cancelled by ada@example.org on 2026-01-02 03:04 UTC: “wrong day”',
      'what went wrong': [],
    });
  });

  test('says of each choice what it would do, with what is to be expected of each unit', async () => {
    const described = await describedAfter(await wentWrong(), ended);
    const back =
      'vpc: destroyed: this delivery has made it. To be expected: changes 1 back; destroys 1 that it made; replaces again aws_db.main; imported 1, which the code before would destroy. Its plan is asked about before it is carried out.';
    for (const choice of ['current', 'dependencies', 'all']) expect(described[`"${choice}" would`]).toEqual([back]);
    expect(described['"none" would']).toEqual([
      'Nothing is rolled back.',
      'Stays as this delivery applied it: vpc',
      expect.stringMatching(/^Halts the pipeline until somebody runs live-ci replay or live-ci skip: .*: vpc$/),
    ]);
  });

  test('does not say that a unit halts the pipeline of which all is applied', async () => {
    const approvals = await wentWrong();
    const facts = { action: 'apply', outcome: 'failed', plan: 'a'.repeat(64), complete: true } as const;
    await approvals.stage.built(delivery, 'vpc', facts);
    const described = await describedAfter(approvals, ended);
    expect(described['"none" would']).toEqual(['Nothing is rolled back.', 'Stays as this delivery applied it: vpc']);
  });

  test('has each answer as it is pasted, to try again before the others', async () => {
    const described = await describedAfter(await wentWrong(), ended);
    const answers = Object.values(described).filter((value) => typeof value === 'object' && !Array.isArray(value));
    expect(answers.map(parseDecision)).toEqual([
      { delivery, decision: 'retry' },
      { delivery, decision: 'decline', rollback: 'none' },
      { delivery, decision: 'decline', rollback: 'current' },
      { delivery, decision: 'decline', rollback: 'dependencies' },
      { delivery, decision: 'decline', rollback: 'all' },
      { delivery, decision: 'decline', rollback: 'selective', units: ['vpc'] },
    ]);
  });

  test('without a page, says the command', async () => {
    expect(await describedAfter(await wentWrong(), ended, [])).toMatchObject({ 'to look at it': 'live-ci status' });
  });

  test('has as much room in the data of the pipeline as is kept for it, however much there is to say', async () => {
    const paths = Array.from({ length: 200 }, (_, index) => `${String(index).padStart(3, '0')}${'ü'.repeat(900)}`);
    const touched = Object.fromEntries(paths.map((path) => [path, 'added' as const]));
    const approvals = await Approvals.start(
      {},
      { graph: Object.fromEntries(paths.map((path) => [path, []])), touched },
    );
    const long = '\u202e"ü\\'.repeat(200);
    const destroys = Array.from({ length: 60 }, () => ({ address: long, replaced: true }));
    for (const path of paths) {
      const built = { plan, counts: { ...noEffects, add: 100, destroy: 100 }, destroys, error: long };
      await approvals.stage.built(delivery, path, { action: 'plan', outcome: 'planned', ...built });
      await approvals.stage.built(delivery, path, { action: 'apply', outcome: 'failed', ...built });
      await approvals.stage.bucket.write(bucketKeys.log(delivery, path, 'apply'), `${long}\n`.repeat(50));
    }
    const described = await describedAfter(approvals, Object.fromEntries(paths.map((path) => [path, 'half applied'])));
    expect(Buffer.byteLength(JSON.stringify(described))).toBeLessThan(mostDescribed);
    expect(described['what went wrong']).toContain('… and 180 more units');
    expect(JSON.stringify(described)).not.toContain('\u202e');
  });
});
