import { readStored } from '../../../src/aws/stored.ts';
import { appliedSchema } from '../../../src/delivery/applied.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { skip } from '../../../src/delivery/halted.ts';
import { commit } from '../../support/change-set.ts';
import { type Ended, PipelineStage } from '../../support/pipeline-stage.ts';

const id = (sequence: number) => `${commit(`c${sequence}`).slice(0, 12)}-1`;
const graph = { app: ['db'], db: ['vpc'], vpc: [], dns: [] };
const everything = { app: 'added', db: 'added', vpc: 'added', dns: 'added' } as const;
const code = (version: string) => ({ app: version, db: version, vpc: version, dns: version });

/** A first delivery that applied everything, a second that ended as told. */
async function afterTwo(
  touched: Record<string, 'modified' | 'deleted' | 'added'>,
  ended: Ended,
  second = graph,
  meanwhile: (stage: PipelineStage) => Promise<void> = async () => {},
) {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: everything, code: code('one') });
  await stage.poll();
  await stage.execute(id(1));
  await stage.enqueue(2, { graph: second, touched, code: code('two'), before: graph });
  await stage.poll();
  await meanwhile(stage);
  await stage.execute(id(2), ended);
  return stage;
}

const described = (stage: PipelineStage, sequence: number) =>
  stage.delivery(id(sequence)).units.map(({ path, change, reasons }) => [path, change, ...reasons]);

describe('what a delivery leaves open', () => {
  test('is delivered with the next commit, with the reason, although that does not touch it', async () => {
    const stage = await afterTwo(
      { vpc: 'modified', dns: 'modified' },
      { vpc: 'declined', db: 'cancelled', app: 'cancelled' },
    );
    await stage.enqueue(3, { graph, touched: { dns: 'modified' }, code: { ...code('two'), dns: 'three' } });
    expect(await stage.poll()).toBe('started');
    expect(described(stage, 3)).toEqual([
      ['dns', 'modified', 'main.tf changed'],
      ['vpc', 'carried', `declined in ${id(2)}`],
      ['db', 'carried', `cancelled in ${id(2)}`],
      ['app', 'carried', `cancelled in ${id(2)}`],
    ]);
    const [, vpc] = stage.delivery(id(3)).units;
    expect(vpc?.base).toBe(commit('c1'));
  });

  test('is also what reads a dependency that was applied unexpectedly, and was not in the delivery itself', async () => {
    const wide = { ...graph, cron: ['vpc'] };
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph: wide, touched: { ...everything, cron: 'added' }, code: code('one') });
    await stage.poll();
    await stage.execute(id(1));
    await stage.enqueue(2, { graph: wide, touched: { db: 'modified' }, code: { ...code('one'), db: 'two' } });
    await stage.poll();
    expect(stage.delivery(id(2)).units.map(({ path, change }) => [path, change])).toContainEqual(['vpc', 'dependency']);
    await stage.execute(id(2), { vpc: 'applied', db: 'applied', app: 'applied' });
    await stage.poll();
    expect(stage.pointer.carried).toEqual([
      { path: 'cron', reason: `reads outputs of vpc, which ${id(2)} applied`, stale: true, deleted: null },
    ]);
  });

  test('is dropped when its code is as applied again', async () => {
    const stage = await afterTwo({ dns: 'modified' }, { dns: 'declined' });
    await stage.enqueue(3, { graph, touched: { dns: 'modified' }, code: { ...code('two'), dns: 'one' } });
    await stage.poll();
    await stage.execute(id(3), { dns: 'unchanged' });
    expect(await stage.poll()).toBe('idle');
    expect(stage.pointer.carried).toEqual([]);

    const reverted = await afterTwo({ dns: 'modified' }, { dns: 'declined' });
    await reverted.enqueue(3, { graph, touched: {}, code: { ...code('two'), dns: 'one' } });
    await reverted.poll();
    expect(reverted.delivery(id(3)).units).toEqual([]);
  });

  test('is planned although its code is as applied when a dependency of it was applied meanwhile', async () => {
    const stage = await afterTwo({ vpc: 'modified' }, { vpc: 'applied', db: 'declined', app: 'cancelled' });
    await stage.enqueue(3, { graph, touched: {}, code: code('one') });
    await stage.poll();
    expect(described(stage, 3).map(([path, ...why]) => [path, why.at(-1)])).toEqual([
      ['vpc', 'db reads its outputs'],
      ['db', `declined in ${id(2)}`],
      ['app', 'reads outputs of db'],
    ]);
    await stage.execute(id(3), { vpc: 'unchanged', db: 'declined', app: 'cancelled' });
    await stage.enqueue(4, { graph, touched: {}, code: code('one') });
    await stage.poll();
    expect(described(stage, 4)).toContainEqual(['db', 'carried', `declined in ${id(3)}`]);
  });

  test('is planned, too, when only its applied code reads that dependency, and git says that code again', async () => {
    const otherwise = { ...graph, db: ['dns'] };
    const ended = { vpc: 'applied', dns: 'unchanged', db: 'declined', app: 'cancelled' } as const;
    const stage = await afterTwo({ vpc: 'modified', db: 'modified' }, ended, otherwise);
    await stage.enqueue(3, { graph, touched: {}, code: { ...code('two'), db: 'one' } });
    await stage.poll();
    expect(described(stage, 3)).toContainEqual(['db', 'carried', `declined in ${id(2)}`]);
  });

  test.each<Ended[string]>(['rollback-failed', 'half applied'])(
    'is planned, too, when that dependency is left applied as %s',
    async (outcome) => {
      const stage = await afterTwo({ vpc: 'modified' }, { vpc: outcome, db: 'declined', app: 'cancelled' });
      await stage.poll();
      await skip(stage.bucket);
      await stage.enqueue(3, { graph, touched: {}, code: code('one') });
      await stage.poll();
      expect(described(stage, 3)).toContainEqual(['db', 'carried', `declined in ${id(2)}`]);
      await stage.execute(id(3), { vpc: 'unchanged', db: 'declined', app: 'cancelled' });
      await stage.enqueue(4, { graph, touched: {}, code: code('one') });
      await stage.poll();
      expect(described(stage, 4)).toContainEqual(['db', 'carried', `declined in ${id(3)}`]);
    },
  );

  test('is planned once more when its apply failed after all of it was done, although its code is what is applied', async () => {
    const stage = await afterTwo({ dns: 'modified' }, { dns: 'half applied' }, graph, async (stage) => {
      const plan = 'a'.repeat(64);
      await stage.built(id(2), 'dns', { action: 'apply', outcome: 'failed', plan, complete: true });
    });
    await stage.poll();
    expect(stage.pointer).toMatchObject({ halted: null, carried: [{ path: 'dns', reason: `failed in ${id(2)}` }] });
    expect(stage.applied.dns).toMatchObject({ commit: commit('c2'), fingerprint: 'two', half: null });
    await stage.enqueue(3, { graph, touched: { vpc: 'modified' }, code: { ...code('two'), vpc: 'three' } });
    await stage.poll();
    expect(described(stage, 3)).toContainEqual(['dns', 'carried', `failed in ${id(2)}`]);
    await stage.execute(id(3), { dns: 'unchanged' });
    await stage.poll();
    expect(stage.pointer.carried).toEqual([]);
  });

  test('is planned when it is half applied, although its code is that of before again', async () => {
    const stage = await afterTwo({ dns: 'modified' }, { dns: 'half applied' });
    expect(await stage.poll()).toBe('halted');
    expect(stage.pointer.carried).toMatchObject([{ path: 'dns', reason: `failed in ${id(2)}` }]);
    await skip(stage.bucket);
    await stage.enqueue(3, { graph, touched: {}, code: { ...code('two'), dns: 'one' } });
    await stage.poll();
    expect(described(stage, 3)).toEqual([['dns', 'carried', `failed in ${id(2)}`]]);
  });

  test('is what reads the outputs of a unit that was rolled back, too', async () => {
    const stage = await afterTwo(
      { vpc: 'modified', dns: 'modified' },
      { vpc: 'rolled-back', db: 'applied', app: 'skipped', dns: 'declined' },
    );
    await stage.enqueue(3, { graph, touched: {}, code: { ...code('two'), vpc: 'one', dns: 'one' } });
    await stage.poll();
    expect(described(stage, 3)).toContainEqual(['db', 'carried', `reads outputs of vpc, which ${id(2)} rolled back`]);
  });

  test('stays carried while later deliveries leave it open, too', async () => {
    const stage = await afterTwo({ dns: 'modified' }, { dns: 'declined' });
    for (const sequence of [3, 4]) {
      await stage.enqueue(sequence, { graph, touched: {}, code: code('two') });
      await stage.poll();
      await stage.execute(id(sequence), { dns: 'declined' });
    }
    await stage.poll();
    expect(stage.pointer.carried).toEqual([
      { path: 'dns', reason: `declined in ${id(4)}`, stale: false, deleted: null },
    ]);
  });
});

describe('a deleted unit', () => {
  const without = { app: ['db'], db: ['vpc'], vpc: [] } as typeof graph;

  test('is destroyed from the code that is applied', async () => {
    const stage = await afterTwo({ dns: 'deleted' }, {}, without);
    expect(stage.delivery(id(2)).units).toMatchObject([{ path: 'dns', deleted: true, base: commit('c1') }]);
    expect(stage.applied.dns).toMatchObject({ commit: null, fingerprint: null, half: null });
  });

  test('is carried until it is destroyed', async () => {
    const stage = await afterTwo({ dns: 'deleted' }, { dns: 'declined' }, without);
    await stage.enqueue(3, { graph: without, touched: {}, code: code('two') });
    await stage.poll();
    expect(stage.delivery(id(3)).units).toMatchObject([
      { path: 'dns', change: 'carried', deleted: true, base: commit('c1'), reasons: [`declined in ${id(2)}`] },
    ]);
    await stage.execute(id(3));
    await stage.enqueue(4, { graph: without, touched: {}, code: code('two') });
    await stage.poll();
    expect(stage.delivery(id(4)).units).toEqual([]);
  });

  test('that comes back is planned when what it reads was applied meanwhile, or rolled back', async () => {
    const back = async (stage: PipelineStage) => {
      await stage.enqueue(3, {
        graph,
        touched: { app: 'added', dns: 'modified' },
        code: { ...code('two'), app: 'one' },
      });
      await stage.poll();
      await stage.execute(id(3), { dns: 'declined', app: 'cancelled', db: 'unchanged', vpc: 'unchanged' });
      await stage.enqueue(4, { graph, touched: {}, code: { ...code('two'), app: 'one' } });
      await stage.poll();
      return stage.delivery(id(4)).units.map((unit) => unit.path);
    };
    const left = { db: ['vpc'], vpc: [], dns: [] } as unknown as typeof graph;
    const touched = { app: 'deleted', db: 'modified' } as const;
    expect(await back(await afterTwo(touched, { app: 'declined' }, left))).toContain('app');
    expect(await back(await afterTwo(touched, { app: 'declined', db: 'rolled-back' }, left))).toContain('app');
  });

  test('that comes back before it was destroyed is planned as what it is then', async () => {
    const stage = await afterTwo({ dns: 'deleted' }, { dns: 'declined' }, without);
    await stage.enqueue(3, { graph, touched: { dns: 'added' }, code: code('three') });
    await stage.poll();
    expect(stage.delivery(id(3)).units).toMatchObject([
      { path: 'dns', change: 'added', deleted: false, base: commit('c1') },
    ]);
  });

  test('that was new and never applied is forgotten', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: everything });
    await stage.poll();
    await stage.execute(id(1), { dns: 'declined' });
    await stage.enqueue(2, { graph: without, touched: { dns: 'deleted' } });
    await stage.poll();
    expect(stage.delivery(id(2)).units).toEqual([]);
    await stage.execute(id(2));
    await stage.poll();
    expect(stage.pointer.carried).toEqual([]);
  });

  test('that was new and is half applied is destroyed', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: everything });
    await stage.poll();
    await stage.record(id(1), { dns: 'half applied' });
    stage.stepFunctions.end(id(1), 'SUCCEEDED'); // somebody has let it go on
    await stage.enqueue(2, { graph: without, touched: { dns: 'deleted' } });
    await stage.poll();
    expect(stage.delivery(id(2)).units).toMatchObject([{ path: 'dns', deleted: true, base: commit('c1') }]);
  });

  test('goes after the units that read it', async () => {
    const stage = new PipelineStage();
    await stage.enqueue(1, { graph, touched: everything });
    await stage.poll();
    await stage.execute(id(1));
    await stage.enqueue(2, {
      graph: { app: [], db: ['vpc'], vpc: [], dns: [] } as typeof graph,
      touched: { app: 'modified', old: 'deleted' },
      before: { ...graph, app: ['db', 'old'], old: [] },
    });
    await stage.poll();
    const units = stage.delivery(id(2)).units;
    expect(units.find((unit) => unit.path === 'old')?.after).toEqual(['app']);
  });
});

test('what the bucket says of the applied units is what its schema says', async () => {
  const stage = await afterTwo({ dns: 'modified' }, { dns: 'declined' });
  expect((await readStored(stage.bucket, bucketKeys.applied, appliedSchema))?.value.version).toBe(1);
});
