import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { keptEndings } from '../../../src/delivery/kept-endings.ts';
import { nextGroup, type Progress } from '../../../src/delivery/next-group.ts';
import type { Outcome } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { cutOffAtEveryCall, orCutOff } from '../../support/cut-off.ts';

const plan = 'a'.repeat(64);
const start: Progress = { group: 0, turn: null };

/** What is read of the bucket, of everything that is written there. */
const items = ({ stage }: Approvals, group: number): { unit: string; of: unknown }[] =>
  JSON.parse(stage.bucket.text(bucketKeys.group(delivery, group)) ?? '[]');
const unitsOf = (approvals: Approvals, group: number) => items(approvals, group).map(({ unit }) => unit);

const next = ({ stage }: Approvals, progress: Progress) => nextGroup(delivery, progress, stage.bucket);

async function apply({ stage }: Approvals, ...units: string[]): Promise<void> {
  for (const unit of units) {
    await stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan });
    await stage.built(delivery, unit, { action: 'apply', outcome: 'applied', plan });
  }
}

/** How the units had ended by the end of the group. */
function endings({ stage }: Approvals, group: number): Record<string, Outcome> {
  const kept = JSON.parse(stage.bucket.text(bucketKeys.ended(delivery, group)) ?? '[]');
  return Object.fromEntries(kept.map(({ unit, outcome }: { unit: string; outcome: Outcome }) => [unit, outcome]));
}

describe('the groups of a delivery', () => {
  test('are what can be delivered at the same time, each after what it waits for, and then the outcomes are recorded', async () => {
    const approvals = await Approvals.start();
    expect(await next(approvals, start)).toMatchObject({ step: 'deliver', group: 1, turn: null });
    expect(unitsOf(approvals, 1)).toEqual(['dns', 'vpc']);
    await apply(approvals, 'dns', 'vpc');
    expect(await next(approvals, { group: 1, turn: null })).toMatchObject({ step: 'deliver', group: 2 });
    expect(unitsOf(approvals, 2)).toEqual(['db']);
    await apply(approvals, 'db');
    await next(approvals, { group: 2, turn: null });
    await apply(approvals, 'app');
    expect(await next(approvals, { group: 3, turn: null })).toMatchObject({ step: 'record', group: 3, items: null });
    expect(endings(approvals, 3)).toEqual({ dns: 'applied', vpc: 'applied', db: 'applied', app: 'applied' });
  });

  test('tell each unit what its builds need to know', async () => {
    const approvals = await Approvals.start();
    await next(approvals, start);
    const { head } = approvals.stage.delivery(delivery);
    expect(items(approvals, 1)[0]).toEqual({ unit: 'dns', of: { delivery, commit: head, approved: 'apply' } });
  });

  test('are the same again when they are asked for again, also long after', async () => {
    const approvals = await Approvals.start();
    const first = await next(approvals, start);
    await apply(approvals, 'dns', 'vpc');
    const second = await next(approvals, { group: 1, turn: null });
    const objects = new Map(approvals.stage.bucket.objects);
    expect(await next(approvals, { group: 1, turn: null })).toEqual(second);
    expect(await next(approvals, start)).toEqual(first);
    expect(new Map(approvals.stage.bucket.objects)).toEqual(objects);
  });

  test('are found out again when what was kept of earlier ones is lost', async () => {
    const approvals = await Approvals.start();
    await next(approvals, start);
    await apply(approvals, 'dns', 'vpc', 'db');
    for (const key of await approvals.stage.bucket.list(`deliveries/${delivery}/groups/`))
      await approvals.stage.bucket.remove(key);
    await next(approvals, { group: 2, turn: null });
    expect(unitsOf(approvals, 3)).toEqual(['app']);
  });

  test('are the same wherever finding them is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const approvals = await Approvals.start();
      await apply(approvals, 'dns', 'vpc');
      const bucket = process.using(approvals.stage.bucket);
      await orCutOff(() => nextGroup(delivery, { group: 1, turn: null }, bucket));
      await next(approvals, { group: 1, turn: null });
      expect(unitsOf(approvals, 2)).toEqual(['db']);
    });
  });
});

describe('a unit of a group that is over', () => {
  test('has failed when it left no trace, and what reads its outputs is cancelled', async () => {
    const approvals = await Approvals.start();
    await apply(approvals, 'dns');
    expect(await next(approvals, { group: 1, turn: null })).toMatchObject({ step: 'ask-rollback', group: 1, turn: 1 });
    expect(endings(approvals, 1)).toEqual({ dns: 'applied', vpc: 'failed', db: 'cancelled', app: 'cancelled' });
  });

  test('has failed, and is applied, when its apply failed after all of it was done', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'failed', plan, complete: true });
    await next(approvals, { group: 1, turn: null });
    const kept = await keptEndings(approvals.stage.bucket, bucketKeys.ended(delivery, 1));
    expect(kept?.get('vpc')).toMatchObject({ outcome: 'failed', half: false, complete: true });
  });

  test.each([
    {
      told: 'is declined when nobody answered',
      decision: null,
      begun: false,
      end: { outcome: 'declined', half: false },
    },
    {
      told: 'may be half applied when its apply has begun and left no result',
      decision: 'approve',
      begun: true,
      end: { outcome: 'failed', half: true },
    },
    {
      told: 'has failed, but is not half applied, when it was approved and no apply began',
      decision: 'approve',
      begun: false,
      end: { outcome: 'failed', half: false },
    },
    {
      told: 'has failed when it was to be planned again and that left no result',
      decision: 'replan',
      begun: false,
      end: { outcome: 'failed', half: false },
    },
  ])('$told', async ({ decision, begun, end }) => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan });
    await approvals.askFor('vpc');
    if (decision) await approvals.decide({ unit: 'vpc', decision });
    if (begun) await approvals.stage.began(delivery, 'vpc', 'apply');
    await next(approvals, { group: 1, turn: null });
    const kept = await keptEndings(approvals.stage.bucket, bucketKeys.ended(delivery, 1));
    expect(kept?.get('vpc')).toMatchObject(end);
  });
});

describe('the groups of a rollback', () => {
  /** db failed after vpc and dns were applied; `all` is chosen. */
  async function rollingBack(): Promise<Approvals> {
    const approvals = await Approvals.start();
    await apply(approvals, 'dns', 'vpc', 'db');
    await approvals.stage.built(delivery, 'app', { action: 'plan', outcome: 'failed' });
    await approvals.askForRollback({ dns: 'applied', vpc: 'applied', db: 'applied', app: 'failed' });
    await approvals.decide({ decision: 'decline', rollback: 'all' });
    return approvals;
  }

  test('go backwards through the chosen units, and then the outcomes are recorded', async () => {
    const approvals = await rollingBack();
    expect(await next(approvals, { group: 3, turn: 3 })).toMatchObject({ step: 'roll-back', group: 4, turn: 3 });
    expect(unitsOf(approvals, 4)).toEqual(['dns', 'db']);
    await approvals.stage.built(delivery, 'dns', { action: 'rollback', outcome: 'rolled-back' });
    await approvals.stage.built(delivery, 'db', { action: 'rollback', outcome: 'rolled-back' });
    await next(approvals, { group: 4, turn: 3 });
    expect(unitsOf(approvals, 5)).toEqual(['vpc']);
    await approvals.stage.built(delivery, 'vpc', { action: 'rollback', outcome: 'rolled-back' });
    expect(await next(approvals, { group: 5, turn: 3 })).toMatchObject({ step: 'record' });
    expect(endings(approvals, 5)).toEqual({ dns: 'rolled-back', vpc: 'rolled-back', db: 'rolled-back', app: 'failed' });
  });

  test.each([
    ['was declined', 'decline'],
    ['nobody approved in time', null],
  ])('keep a unit as it was whose rollback %s, and what it reads that would be destroyed', async (_, decision) => {
    const approvals = await rollingBack();
    await approvals.stage.built(delivery, 'dns', { action: 'rollback', outcome: 'rolled-back' });
    await approvals.rollbackPlanOf('db');
    if (decision) await approvals.decide({ unit: 'db', decision });
    expect(await next(approvals, { group: 4, turn: 3 })).toMatchObject({ step: 'record' });
    expect(endings(approvals, 4)).toMatchObject({ db: 'applied', dns: 'rolled-back', vpc: 'applied' });
  });

  test('keep a unit as it was when nobody could be asked about the plan of its rollback', async () => {
    const approvals = await rollingBack();
    const asks = ['destroys a.b'];
    await approvals.stage.built(delivery, 'db', { action: 'plan-rollback', outcome: 'planned', plan, asks });
    await next(approvals, { group: 4, turn: 3 });
    expect(endings(approvals, 4)).toMatchObject({ db: 'applied', vpc: 'applied', dns: 'rollback-failed' });
  });

  test('know of a rollback that failed after all of it was done, and stop there', async () => {
    const approvals = await rollingBack();
    await approvals.stage.built(delivery, 'dns', { action: 'rollback', outcome: 'rolled-back' });
    await approvals.stage.built(delivery, 'db', { action: 'rollback', outcome: 'failed', plan, complete: true });
    await next(approvals, { group: 4, turn: 3 });
    const kept = await keptEndings(approvals.stage.bucket, bucketKeys.ended(delivery, 4));
    expect(kept?.get('db')).toMatchObject({ outcome: 'rollback-failed', complete: true });
    expect(kept?.get('vpc')).toEqual({ outcome: 'rollback-failed', half: false });
  });

  test('take a unit whose rollback has nothing to change for rolled back', async () => {
    const approvals = await rollingBack();
    for (const unit of ['dns', 'db'])
      await approvals.stage.built(delivery, unit, { action: 'plan-rollback', outcome: 'unchanged' });
    await next(approvals, { group: 4, turn: 3 });
    expect(endings(approvals, 4)).toMatchObject({ db: 'rolled-back', dns: 'rolled-back' });
  });

  test('leave out what a dependent still stands on that could not be rolled back', async () => {
    const approvals = await rollingBack();
    await approvals.stage.built(delivery, 'dns', { action: 'rollback', outcome: 'rolled-back' });
    expect(await next(approvals, { group: 4, turn: 3 })).toMatchObject({ step: 'record' });
    expect(endings(approvals, 4)).toMatchObject({ db: 'rollback-failed', vpc: 'rollback-failed', dns: 'rolled-back' });
  });
});
