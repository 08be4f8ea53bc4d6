import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import type { SyncRecord } from '../../../src/delivery/sync-record.ts';
import { commit } from '../../support/change-set.ts';
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
    expect(stage.pointer.carried).toMatchObject([{ path: 'db', held: 'old', reason: expect.stringContaining(id(2)) }]);
  });

  test('leaves it as it is in later deliveries, too, until somebody changes it', async () => {
    const stage = await appliedMeanwhile();
    const putBacks = [{ delivery: id(2), units: ['db'] }];
    await stage.enqueue(4, { graph, touched: { db: 'modified' }, code: old, putBacks });
    await delivered(stage, 4);
    await stage.enqueue(5, { graph, touched: { vpc: 'modified' }, code: { vpc: 'newer', db: 'old' } });
    await delivered(stage, 5);
    expect(inDelivery(stage, 5)).toEqual(['vpc']);

    await stage.enqueue(6, { graph, touched: { db: 'modified' }, code: { vpc: 'newer', db: 'newest' } });
    await delivered(stage, 6);
    expect(inDelivery(stage, 6)).toContain('db');
    expect(stage.pointer.carried).toEqual([]);
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
