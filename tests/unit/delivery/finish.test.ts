import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { conclude, finish } from '../../../src/delivery/finish.ts';
import type { Outcome } from '../../../src/model.ts';
import { commit } from '../../support/change-set.ts';
import { cutOffAtEveryCall, orCutOff } from '../../support/cut-off.ts';
import { now, PipelineStage, recordsOf } from '../../support/pipeline-stage.ts';

const first = `${commit('c1').slice(0, 12)}-1`;
const second = `${commit('c2').slice(0, 12)}-1`;
const graph = { db: ['vpc'], vpc: [] };

/** vpc and db are applied at the first commit; the second modifies both and runs. */
async function running(): Promise<PipelineStage> {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: { db: 'added', vpc: 'added' } });
  await stage.poll();
  await stage.execute(first);
  await stage.enqueue(2, { graph, touched: { db: 'modified', vpc: 'modified' }, code: { db: 'two', vpc: 'two' } });
  await stage.poll();
  return stage;
}

/** All of it was done, and then something failed. */
const behind = { action: 'apply', outcome: 'failed', plan: 'a'.repeat(64), complete: true, error: 'a hook' } as const;

describe('the end of a delivery', () => {
  test.each<[string, Outcome[], { halted: boolean; sync: boolean }]>([
    [
      'with everything as the head commit says is the end',
      ['applied', 'unchanged', 'skipped'],
      { halted: false, sync: false },
    ],
    ['with a unit declined brings git back', ['applied', 'declined'], { halted: false, sync: true }],
    ['with a unit failed, but not begun, brings git back', ['failed', 'cancelled'], { halted: false, sync: true }],
    ['with a unit rolled back brings git back', ['rolled-back', 'declined'], { halted: false, sync: true }],
    ['with a rollback that failed halts', ['rollback-failed', 'declined'], { halted: true, sync: false }],
  ])('%s', (_, ended, expected) => {
    const endings = new Map(ended.map((outcome, index) => [`u${index}`, { outcome, half: false }]));
    expect(conclude(endings)).toMatchObject(expected);
  });

  test('with a unit half applied halts, and with one that was rolled back afterwards does not', () => {
    expect(conclude(new Map([['vpc', { outcome: 'failed' as const, half: true }]])).halted).toBe(true);
    expect(conclude(new Map([['vpc', { outcome: 'rolled-back' as const, half: false }]])).halted).toBe(false);
  });

  test('with an apply that was refused before it changed anything does not halt', async () => {
    const stage = await running();
    await stage.built(second, 'db', { action: 'apply', outcome: 'failed', plan: null, error: 'locked' });
    expect(await stage.record(second, { db: 'half applied' })).toEqual({
      halted: false,
      sync: true,
      outcomes: { vpc: 'applied', db: 'failed' },
    });
    expect(stage.applied.db).toMatchObject({ commit: commit('c1'), half: null });
  });

  test('with an apply that failed on its way halts', async () => {
    const stage = await running();
    await stage.built(second, 'db', { action: 'apply', outcome: 'failed', plan: 'a'.repeat(64), error: 'broke' });
    expect(await stage.record(second, { db: 'half applied' })).toMatchObject({ halted: true, sync: false });
    expect(stage.applied.db).toMatchObject({ commit: commit('c1'), half: commit('c2') });
  });

  test('with an apply that failed after all of it was done does not halt, and that is what is applied, told twice, too', async () => {
    const stage = await running();
    await stage.built(second, 'db', behind);
    const ended = await stage.record(second, { db: 'half applied' });
    expect(ended).toEqual({ halted: false, sync: true, outcomes: { vpc: 'applied', db: 'failed' } });
    const { db } = stage.applied;
    expect(db).toMatchObject({ commit: commit('c2'), half: null });
    expect(await stage.record(second, {})).toEqual(ended);
    expect(stage.applied.db).toEqual(db);
  });

  test('with such an apply of a new unit knows, told twice, too, that the state holds nothing else', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph: { vpc: [] }, touched: { vpc: 'added' } });
    await stage.poll();
    const id = `${commit('c1').slice(0, 12)}-1`;
    await stage.built(id, 'vpc', { action: 'plan', outcome: 'planned', existed: false });
    await stage.built(id, 'vpc', behind);
    for (const _ of ['once', 'twice']) {
      await stage.record(id, { vpc: 'half applied' });
      expect(stage.applied.vpc).toMatchObject({ commit: commit('c1'), half: null, ours: true });
    }
  });

  test('with a rollback that failed after all of it was done halts, and what it went back to is what is applied', async () => {
    const stage = await running();
    await stage.built(second, 'db', { action: 'apply', outcome: 'applied' });
    await stage.built(second, 'db', { ...behind, action: 'rollback' });
    expect(await stage.record(second, { db: 'rollback-failed' })).toMatchObject({ halted: true });
    expect(stage.applied.db).toMatchObject({ commit: commit('c1'), half: null });
  });

  test('keeps how long each unit took, as its execution tells', async () => {
    const stage = await running();
    const durations = { plan: 12, apply: 34 };
    const keys = Object.keys(recordsOf(stage.delivery(second)));
    const told = keys.map((key) => [key, { r: { outcome: 'applied' as const, durations } }]);
    await finish(second, Object.fromEntries(told), { bucket: stage.bucket, now, metric: stage.metric });
    expect(stage.applied).toMatchObject({ vpc: { durations }, db: { durations } });
  });

  test('written down twice is written down once', async () => {
    const stage = await running();
    const answer = await stage.record(second, { db: 'declined' });
    const objects = new Map(stage.bucket.objects);
    expect(await stage.record(second, { db: 'declined' })).toEqual(answer);
    // Whoever comes later has nothing to add, even if it thinks otherwise.
    expect(await stage.record(second, { db: 'applied' })).toEqual(answer);
    expect(await finish(second, undefined, { bucket: stage.bucket, now, metric: stage.metric })).toEqual(answer);
    expect(new Map(stage.bucket.objects)).toEqual(objects);
  });

  test('counts its units by their outcomes, once', async () => {
    const stage = await running();
    stage.measured.length = 0;
    await stage.record(second, { db: 'declined' });
    await stage.record(second, { db: 'declined' });
    expect(stage.measured).toEqual([
      ['Units', 1, { outcome: 'applied' }],
      ['Units', 1, { outcome: 'declined' }],
    ]);
  });

  test('does not take for half applied what no apply has begun: its build was refused for good, say', async () => {
    const stage = await running();
    await stage.built(second, 'db', { action: 'plan', outcome: 'planned', plan: 'a'.repeat(64) });
    const records = recordsOf(stage.delivery(second), { db: 'half applied' });
    const context = { bucket: stage.bucket, now, metric: stage.metric };
    expect(await finish(second, records, context)).toMatchObject({
      halted: false,
      sync: true,
      outcomes: { db: 'failed' },
    });
    expect(stage.applied.db).toMatchObject({ commit: commit('c1'), half: null });
  });

  test('is the same wherever writing it down is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const stage = await running();
      const records = recordsOf(stage.delivery(second), { vpc: 'applied', db: 'declined' });
      await orCutOff(() => finish(second, records, { bucket: process.using(stage.bucket), now, metric: stage.metric }));
      await finish(second, records, { bucket: stage.bucket, now, metric: stage.metric });
      expect(stage.applied).toMatchObject({
        vpc: { commit: commit('c2'), fingerprint: 'two', half: null },
        db: { commit: commit('c1'), fingerprint: 'the same', half: null },
      });
      expect(JSON.parse(stage.bucket.text(bucketKeys.outcomes(second)) ?? '')).toEqual({
        version: 1,
        delivery: second,
        outcomes: { vpc: 'applied', db: 'declined' },
        half: [],
        complete: [],
        endedAt: '2026-01-02T03:04:05.000Z',
      });
    });
  });
});

describe('an execution that ended without telling', () => {
  const stopped = async (stage: PipelineStage) =>
    finish(second, undefined, { bucket: stage.bucket, now, metric: stage.metric });

  test('has not touched what no build has touched', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'plan', outcome: 'planned' });
    expect(await stopped(stage)).toMatchObject({ halted: false, outcomes: { vpc: 'cancelled', db: 'cancelled' } });
  });

  test('has done what its builds say', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'plan', outcome: 'unchanged' });
    await stage.built(second, 'db', { action: 'apply', outcome: 'applied' });
    expect(await stopped(stage)).toMatchObject({ halted: false, outcomes: { vpc: 'unchanged', db: 'applied' } });
  });

  test('has taken as long as its builds say', async () => {
    const stage = await running();
    const durations = { plan: 12, apply: 34 };
    await stage.built(second, 'vpc', { action: 'plan', outcome: 'unchanged', durations: { plan: 5, apply: null } });
    await stage.built(second, 'db', { action: 'apply', outcome: 'applied', durations });
    await stopped(stage);
    expect(stage.applied).toMatchObject({ vpc: { durations: { plan: 5, apply: null } }, db: { durations } });
  });

  test('may have half applied what an apply has begun', async () => {
    const stage = await running();
    await stage.began(second, 'vpc', 'apply');
    expect(await stopped(stage)).toMatchObject({ halted: true, outcomes: { vpc: 'failed' } });
  });

  test('has applied what its apply failed behind, and rolled back what its rollback did', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', behind);
    await stage.built(second, 'db', { action: 'apply', outcome: 'applied' });
    await stage.built(second, 'db', { ...behind, action: 'rollback' });
    expect(await stopped(stage)).toMatchObject({ outcomes: { vpc: 'failed', db: 'rollback-failed' } });
    expect(stage.applied).toMatchObject({
      vpc: { commit: commit('c2'), half: null },
      db: { commit: commit('c1'), half: null },
    });
    const outcomes = JSON.parse(stage.bucket.text(bucketKeys.outcomes(second)) ?? '');
    expect(outcomes).toMatchObject({ half: [], complete: ['vpc', 'db'] });
  });

  test('may have half applied what an apply has begun again after a stale plan', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'apply', outcome: 'stale', plan: 'a'.repeat(64) });
    await stage.built(second, 'vpc', { action: 'plan', outcome: 'planned', plan: 'b'.repeat(64) });
    await stage.began(second, 'vpc', 'apply');
    expect(await stopped(stage)).toMatchObject({ halted: true, outcomes: { vpc: 'failed' } });
  });

  test('has not half applied what a stale plan kept from being applied', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'plan', outcome: 'planned', plan: 'a'.repeat(64) });
    await stage.built(second, 'vpc', { action: 'apply', outcome: 'stale', plan: 'a'.repeat(64) });
    expect(await stopped(stage)).toMatchObject({ halted: false, outcomes: { vpc: 'cancelled' } });
  });

  test.each(['unchanged', 'failed', 'cancelled'] as const)(
    'has not begun what was %s when it was planned again',
    async (outcome) => {
      const stage = await running();
      await stage.built(second, 'vpc', { action: 'apply', outcome: 'stale', plan: 'a'.repeat(64) });
      await stage.built(second, 'vpc', { action: 'plan', outcome });
      expect(await stopped(stage)).toMatchObject({ halted: false, outcomes: { vpc: outcome } });
    },
  );

  test('has not begun what a cancel kept from being applied', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'plan', outcome: 'planned', plan: 'a'.repeat(64) });
    await stage.built(second, 'vpc', { action: 'apply', outcome: 'cancelled' });
    expect(await stopped(stage)).toMatchObject({ halted: false, outcomes: { vpc: 'cancelled' } });
  });

  test('may have half rolled back what a rollback has begun', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'apply', outcome: 'applied' });
    await stage.began(second, 'vpc', 'rollback');
    expect(await stopped(stage)).toMatchObject({ halted: true, outcomes: { vpc: 'rollback-failed' } });
    expect(stage.applied.vpc?.half).toBe(commit('c2'));
  });

  test('has rolled back what a rollback says', async () => {
    const stage = await running();
    await stage.built(second, 'vpc', { action: 'apply', outcome: 'applied' });
    await stage.built(second, 'vpc', { action: 'rollback', outcome: 'rolled-back' });
    await stage.built(second, 'db', { action: 'rollback', outcome: 'failed' });
    expect(await stopped(stage)).toMatchObject({ outcomes: { vpc: 'rolled-back', db: 'rollback-failed' } });
  });
});
