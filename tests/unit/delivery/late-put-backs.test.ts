import type { Applied, AppliedUnit } from '../../../src/delivery/applied.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { inTime } from '../../../src/delivery/late-put-backs.ts';
import type { SyncRecord } from '../../../src/delivery/sync-record.ts';
import { unknownDurations } from '../../../src/model.ts';
import { changeSetOf, commit } from '../../support/change-set.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

const id = (number: number) => `${commit(`c${number}`).slice(0, 12)}-1`;
const graph = { vpc: [], db: ['vpc'] };
const old = { vpc: 'old', db: 'old' };
const code = { vpc: 'old', db: 'new' };

/** What the sync after a delivery left: its commit puts these units back to the commits that were applied then. */
async function proposed(stage: PipelineStage, number: number, applied: SyncRecord['applied']): Promise<void> {
  const record: SyncRecord = {
    version: 1,
    commit: commit('put back'),
    branch: 'live-ci/sync-main',
    pullRequest: null,
    units: Object.keys(applied),
    left: [],
    applied,
  };
  await stage.bucket.write(bucketKeys.sync(id(number)), JSON.stringify(record));
}

async function delivered(stage: PipelineStage, number: number, ended = {}): Promise<void> {
  await stage.poll();
  await stage.execute(id(number), ended);
  await stage.poll();
}

const inDelivery = (stage: PipelineStage, number: number) => stage.delivery(id(number)).units.map(({ path }) => path);

/** vpc and db are applied; new code of db was declined, and is proposed to be put back. */
async function declined(): Promise<PipelineStage> {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: { vpc: 'added', db: 'added' }, code: old });
  await delivered(stage, 1);
  await stage.enqueue(2, { graph, touched: { db: 'modified' }, code });
  await delivered(stage, 2, { db: 'declined' });
  await proposed(stage, 2, { db: commit('c1') });
  return stage;
}

/** The same, and that code was applied with the next delivery all the same. */
async function appliedMeanwhile(): Promise<PipelineStage> {
  const stage = await declined();
  await stage.enqueue(3, { graph, touched: {}, code });
  await delivered(stage, 3);
  return stage;
}

/** The same, with a late put-back of `db` delivered, which leaves it as it is, and a commit behind it. */
async function leftAsItIs(): Promise<PipelineStage> {
  const stage = await appliedMeanwhile();
  const putBacks = [{ delivery: id(2), units: ['db'] }];
  await stage.enqueue(4, { graph, touched: { db: 'modified' }, code: old, putBacks });
  await delivered(stage, 4);
  await stage.enqueue(5, { graph, touched: { vpc: 'modified' }, code: { vpc: 'newer', db: 'old' } });
  await delivered(stage, 5);
  return stage;
}

describe('a commit that puts a unit back, delivered', () => {
  test('when nothing of it was applied meanwhile, is delivered like any other', async () => {
    const stage = await declined();
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    await stage.enqueue(3, { graph, touched: { db: 'modified' }, code: old, putBacks });
    await stage.poll();

    expect(inDelivery(stage, 3)).toContain('db');
  });

  test('after newer code of the unit was applied, leaves it as it is, and carries it', async () => {
    const stage = await appliedMeanwhile();
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    await stage.enqueue(4, { graph, touched: { db: 'modified' }, code: old, putBacks });
    await delivered(stage, 4);

    expect(inDelivery(stage, 4)).toEqual([]);
    expect(stage.applied.db?.commit).toBe(commit('c3'));
    const reason = `it was put back after ${id(2)}, and newer code has been applied since then: it stays as it is`;
    expect(stage.pointer.carried).toEqual([{ path: 'db', held: 'old', reason, stale: true, deleted: null }]);
  });

  test('says nothing of units that it put back in no record', async () => {
    const stage = await appliedMeanwhile();
    await proposed(stage, 2, {});
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    await stage.enqueue(4, { graph, touched: { db: 'modified' }, code: old, putBacks });
    await stage.poll();
    expect(inDelivery(stage, 4)).toContain('db');
  });

  test('leaves it as it is in later deliveries, too, until somebody changes it', async () => {
    const stage = await leftAsItIs();
    expect(inDelivery(stage, 5)).toEqual(['vpc']);

    await stage.enqueue(6, { graph, touched: { db: 'modified' }, code: { vpc: 'newer', db: 'newest' } });
    await delivered(stage, 6);
    expect(inDelivery(stage, 6)).toContain('db');
    expect(stage.pointer.carried).toEqual([]);
  });

  test('leaves what reads it in deliveries, which wait for it no more', async () => {
    const stage = await appliedMeanwhile();
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    const withApp = { ...graph, app: ['db'] };
    const codes = { ...old, app: 'old' };
    await stage.enqueue(4, { graph: withApp, touched: { db: 'modified', app: 'added' }, code: codes, putBacks });
    await stage.poll();
    expect(stage.delivery(id(4)).units.map(({ path, after }) => [path, after])).toContainEqual(['app', []]);
  });

  test('has it planned once git says again what is applied, since what it reads may be applied meanwhile', async () => {
    const stage = await leftAsItIs();
    const again = { graph, code: { vpc: 'newer', db: 'new' } };
    await stage.enqueue(6, { ...again, touched: { db: 'modified' } });
    await delivered(stage, 6, { vpc: 'unchanged', db: 'cancelled' });
    await stage.enqueue(7, { ...again, touched: {} });
    await stage.poll();
    expect(inDelivery(stage, 7)).toContain('db');
  });

  test('leaves applied what the newer code reads, although git has deleted it', async () => {
    const stage = new PipelineStage();
    const [before, after] = [
      { vpc: [], dns: [], db: ['vpc'] },
      { vpc: [], dns: [], db: ['dns'] },
    ];
    const codes = (db: string) => ({ vpc: 'old', dns: 'old', db });
    await stage.enqueue(1, { graph: before, touched: { vpc: 'added', dns: 'added', db: 'added' }, code: codes('old') });
    await delivered(stage, 1);
    await stage.enqueue(2, { graph: after, before, touched: { db: 'modified' }, code: codes('new') });
    await delivered(stage, 2, { db: 'declined' });
    await proposed(stage, 2, { db: commit('c1') });
    await stage.enqueue(3, { graph: after, touched: {}, code: codes('new') });
    await delivered(stage, 3);
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    const late = { graph: before, before: after, touched: { db: 'modified' as const }, code: codes('old'), putBacks };
    await stage.enqueue(4, late);
    await delivered(stage, 4);
    const without = { vpc: [], db: ['vpc'] };
    await stage.enqueue(5, { graph: without, before, touched: { dns: 'deleted' }, code: { vpc: 'old', db: 'old' } });
    await delivered(stage, 5);

    expect(inDelivery(stage, 5)).toEqual([]);
    expect(stage.applied.dns?.commit).toBe(commit('c3'));
    expect(stage.pointer.carried).toMatchObject([
      { path: 'dns', reason: 'it is read by db as that is applied, and stays until db has let go of it' },
      { path: 'db', held: 'old' },
    ]);
  });

  test('never destroys what was applied after all', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph: { vpc: [] }, touched: { vpc: 'added' } });
    await delivered(stage, 1);
    await stage.enqueue(2, { graph, touched: { db: 'added' } });
    await delivered(stage, 2, { db: 'declined' });
    await proposed(stage, 2, { db: null });
    await stage.enqueue(3, { graph, touched: {} });
    await delivered(stage, 3);
    const gone = { graph: { vpc: [] }, before: graph, putBacks: [{ delivery: id(2), units: ['db'] }] };
    await stage.enqueue(4, { ...gone, touched: { db: 'deleted' } });
    await delivered(stage, 4);
    await stage.enqueue(5, { graph: { vpc: [] }, touched: { vpc: 'modified' }, code: { vpc: '5' } });
    await delivered(stage, 5);

    expect([inDelivery(stage, 4), inDelivery(stage, 5)]).toEqual([[], ['vpc']]);
    expect(stage.applied.db?.commit).toBe(commit('c3'));
    expect(stage.pointer.carried).toMatchObject([{ path: 'db', held: null }]);
  });

  test('never makes anew what was destroyed after all', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: { vpc: 'added', db: 'added' }, code: old });
    await delivered(stage, 1);
    await stage.enqueue(2, { graph: { vpc: [] }, before: graph, touched: { db: 'deleted' }, code: { vpc: 'old' } });
    await delivered(stage, 2, { db: 'declined' });
    await proposed(stage, 2, { db: commit('c1') });
    await stage.enqueue(3, { graph: { vpc: [] }, touched: {}, code: { vpc: 'old' } });
    await delivered(stage, 3);
    expect(stage.applied.db?.commit).toBeNull();
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    await stage.enqueue(4, { graph, touched: { db: 'added' }, code: old, putBacks });
    await delivered(stage, 4);

    expect(inDelivery(stage, 4)).toEqual([]);
    expect(stage.applied.db?.commit).toBeNull();
    expect(stage.pointer.carried).toMatchObject([
      { path: 'db', held: 'old', reason: expect.stringContaining('it has been destroyed since then') },
    ]);
  });
});

describe('a unit that a commit puts back', () => {
  const base = commit('base');
  const record = (facts: Partial<AppliedUnit>): AppliedUnit => ({
    commit: commit('newer'),
    fingerprint: 'newer',
    half: null,
    durations: unknownDurations,
    ...facts,
  });
  const changed = (code: string | null) =>
    changeSetOf(4, {
      graph: code === null ? {} : { db: [] },
      touched: { db: code === null ? 'deleted' : 'modified' },
      code: code === null ? {} : { db: code },
      putBacks: [{ delivery: id(2), units: ['db'] }],
    });
  const madeFor = (before: string | null) => {
    const applied = { db: before };
    const facts = {
      commit: commit('put back'),
      branch: 'live-ci/sync-main',
      pullRequest: null,
      units: ['db'],
      left: [],
    };
    return new Map([[id(2), { version: 1 as const, ...facts, applied }]]);
  };

  test.each<[string, AppliedUnit | undefined, string | null, string | null, string[]]>([
    ['newer code is applied', record({}), base, 'old', ['db']],
    ['newer code is applied, and it would be destroyed', record({}), null, null, ['db']],
    ['the newer code is the very same', record({ fingerprint: 'old' }), base, 'old', []],
    ['what was applied then is', record({ commit: base, fingerprint: null }), base, 'old', []],
    ['nothing is known of it', undefined, null, 'old', []],
    ['what is applied lies elsewhere', record({ directory: 'data/db' }), base, 'old', []],
    ['it was destroyed', record({ commit: null, fingerprint: null }), base, 'old', ['db']],
    ['it was destroyed, and is gone in git', record({ commit: null, fingerprint: null }), base, null, []],
    ['it is half applied, and new', record({ commit: null, fingerprint: null, half: base }), base, 'old', []],
  ])('when %s: stays as it is, or not', (_, record, before, code, held) => {
    const applied: Applied = { version: 1, units: record ? { db: record } : {} };
    expect(inTime(changed(code), [], applied, madeFor(before)).held.map(({ path }) => path)).toEqual(held);
  });
});
