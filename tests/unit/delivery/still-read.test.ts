import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay, skip } from '../../../src/delivery/halted.ts';
import { id } from '../../support/chain-stage.ts';
import { type ChangeSetFacts, inCircle } from '../../support/change-set.ts';
import { type Ended, PipelineStage } from '../../support/pipeline-stage.ts';

type Graph = Record<string, string[]>;

/** A branch on which commits are pushed one after the other. */
class Branch {
  readonly stage = new PipelineStage();
  #graph: Graph = {};
  #code: Record<string, string> = {};

  /** A commit with these units, each of which has new code when it is named in `changed`. */
  async push(graph: Graph, changed: string[], aside = false): Promise<string> {
    const sequence = this.stage.pointer.sequence + 1;
    const code = { ...this.#code, ...Object.fromEntries(changed.map((path) => [path, `code ${sequence}`])) };
    const before = this.#graph;
    const touched: ChangeSetFacts['touched'] = Object.fromEntries([
      ...changed.map((path) => [path, path in before ? 'modified' : 'added'] as const),
      ...Object.keys(before).flatMap((path) => (path in graph ? [] : [[path, 'deleted'] as const])),
    ]);
    [this.#graph, this.#code] = [graph, code];
    const facts = { graph, touched, code, before };
    await this.stage.enqueue(sequence, aside ? inCircle(facts) : facts);
    await this.stage.poll();
    return id(sequence);
  }

  async deliver(graph: Graph, changed: string[], ended: Ended = {}): Promise<string> {
    const delivery = await this.push(graph, changed);
    await this.stage.execute(delivery, ended);
    await this.stage.poll();
    return delivery;
  }

  /** A commit that can't be put in order. */
  async putAside(graph: Graph, changed: string[]): Promise<void> {
    expect(this.stage.started).not.toContain(await this.push(graph, changed, true));
  }

  /** What a delivery destroys, each with what it waits for. */
  destroyed(delivery: string): [string, ...string[]][] {
    const { units } = this.stage.delivery(delivery);
    return units.filter((unit) => unit.deleted).map(({ path, after }) => [path, ...after]);
  }
}

async function branch(graph: Graph): Promise<Branch> {
  const one = new Branch();
  await one.stage.poll();
  await one.deliver(graph, Object.keys(graph));
  return one;
}

const carried = ({ stage }: Branch) => stage.pointer.carried.map(({ path, reason }) => [path, reason]);

describe('units that are deleted together', () => {
  test.each<[string, Ended]>([
    ['was declined', { db: 'declined', vpc: 'cancelled' }],
    ['failed', { db: 'failed', vpc: 'cancelled' }],
    ['was cancelled', { db: 'cancelled', vpc: 'cancelled' }],
  ])('go in the same order again when the first %s', async (_, ended) => {
    const repository = await branch({ vpc: [], db: ['vpc'], dns: [] });
    const order = [['db'], ['vpc', 'db']];
    const first = await repository.push({ dns: [] }, []);
    expect(repository.destroyed(first)).toEqual(order);
    await repository.stage.execute(first, ended);
    await repository.stage.poll();
    for (const _ of [3, 4]) {
      const again = await repository.push({ dns: [] }, ['dns']);
      expect(repository.destroyed(again)).toEqual(order);
      await repository.stage.execute(again, ended);
      await repository.stage.poll();
    }
  });

  test.each<['replay' | 'skip']>([['replay'], ['skip']])('go in that order after a %s', async (how) => {
    const repository = await branch({ vpc: [], db: ['vpc'], dns: [] });
    const halted = await repository.deliver({ dns: [] }, [], { db: 'half applied', vpc: 'cancelled' });
    expect(repository.stage.pointer.halted?.delivery).toBe(halted);
    if (how === 'skip') await skip(repository.stage.bucket);
    const next =
      how === 'replay' ? (await replay(repository.stage.bucket)).id : await repository.push({ dns: [] }, ['dns']);
    expect(repository.destroyed(next)).toEqual([['db'], ['vpc', 'db']]);
  });

  test('go in the order of the commit that deleted them where no record tells what is applied', async () => {
    const repository = await branch({ vpc: [], db: ['vpc'], dns: [] });
    const { stage } = repository;
    const forget = async () => {
      const units = Object.entries(stage.applied).map(([path, { reads: _, ...record }]) => [path, record]);
      await stage.bucket.write(bucketKeys.applied, JSON.stringify({ version: 1, units: Object.fromEntries(units) }));
    };
    await forget();
    await repository.deliver({ dns: [] }, [], { db: 'declined', vpc: 'cancelled' });
    await forget();
    const again = await repository.push({ dns: [] }, ['dns']);
    expect(repository.destroyed(again)).toEqual([['db'], ['vpc', 'db']]);
  });

  test('go in the order of what is applied, not of what the last commit said', async () => {
    const repository = await branch({ one: ['two'], two: [] });
    await repository.deliver({ one: [], two: ['one'] }, ['one', 'two'], { one: 'declined', two: 'cancelled' });
    expect(repository.destroyed(await repository.push({}, []))).toEqual([['one'], ['two', 'one']]);
  });

  test('go one after the other when, as they are applied, they read each other', async () => {
    const repository = await branch({ one: ['two'], two: [] });
    await repository.deliver({ one: [], two: ['one'] }, ['one', 'two'], { one: 'rolled-back', two: 'applied' });
    const deleted = repository.destroyed(await repository.push({}, []));
    expect(deleted.map(([path]) => path).sort()).toEqual(['one', 'two']);
    expect(deleted.map((unit) => unit.length)).toEqual([1, 2]);
  });
});

describe('a deleted unit', () => {
  test('goes after what reads it as applied, although the last commit said that it does not', async () => {
    const repository = await branch({ vpc: [], app: ['vpc'] });
    await repository.deliver({ vpc: [], app: [] }, ['app'], { app: 'declined' });
    const deleted = await repository.push({ app: [] }, []);
    expect(repository.destroyed(deleted)).toEqual([['vpc', 'app']]);
    const [app] = repository.stage.delivery(deleted).units;
    expect(app?.reasons).toEqual([`declined in ${id(2)}`]);
  });

  test('brings nothing in that has let go of it', async () => {
    const repository = await branch({ vpc: [], app: ['vpc'], dns: [] });
    await repository.deliver({ app: [], dns: [] }, ['app'], { vpc: 'declined' });
    const again = await repository.push({ app: [], dns: [] }, ['dns']);
    expect(repository.destroyed(again)).toEqual([['vpc']]);
    expect(repository.stage.delivery(again).units.map(({ path }) => path)).toEqual(['dns', 'vpc']);
  });

  test('brings in what still reads it as applied, when the commit that lets go of it was put aside', async () => {
    const repository = await branch({ vpc: [], app: ['vpc'] });
    await repository.putAside({ vpc: [], app: [], dns: ['vpc'] }, ['app', 'dns']);
    const deleted = await repository.push({ app: [], dns: [] }, ['dns']);
    expect(repository.destroyed(deleted)).toEqual([['vpc', 'app', 'dns']]);
    expect(repository.stage.delivery(deleted).units).toContainEqual(
      expect.objectContaining({
        path: 'app',
        change: 'carried',
        reasons: ['reads outputs of vpc, which is destroyed'],
      }),
    );
    await repository.stage.execute(deleted, { app: 'declined', dns: 'cancelled', vpc: 'cancelled' });
    await repository.stage.poll();
    expect(repository.stage.pointer.carried).toContainEqual({
      path: 'app',
      reason: `declined in ${deleted}`,
      stale: false,
      deleted: null,
    });
  });

  test('stays, and is carried, while what reads it as applied has the same code and is not deleted', async () => {
    const repository = await branch({ vpc: [], app: ['vpc'] });
    const deleted = await repository.deliver({ app: [] }, []);
    expect(repository.stage.delivery(deleted).units).toEqual([]);
    const reason = 'it is read by app as that is applied, and stays until app has let go of it';
    expect(carried(repository)).toEqual([['vpc', reason]]);
    await repository.deliver({ app: [], dns: [] }, ['dns']);
    expect(carried(repository)).toEqual([['vpc', reason]]);
    const letsGo = await repository.push({ app: [], dns: [] }, ['app']);
    expect(repository.destroyed(letsGo)).toEqual([['vpc', 'app']]);
    await repository.stage.execute(letsGo);
    await repository.stage.poll();
    expect(carried(repository)).toEqual([]);
    expect(repository.stage.applied.vpc?.commit).toBeNull();
  });

  test('holds what it reads itself, when it stays', async () => {
    const repository = await branch({ keys: [], vpc: ['keys'], app: ['vpc'] });
    const deleted = await repository.deliver({ app: [] }, []);
    expect(repository.stage.delivery(deleted).units).toEqual([]);
    expect(repository.stage.pointer.carried).toMatchObject([
      { path: 'vpc', stale: false, deleted: { path: 'vpc', dependencies: ['keys'] } },
      { path: 'keys', stale: false, deleted: { path: 'keys', dependencies: [] } },
    ]);
  });

  test('is planned like any other when it comes back while something holds on to it', async () => {
    const repository = await branch({ vpc: [], app: ['vpc'] });
    await repository.deliver({ app: [] }, []);
    const back = await repository.push({ vpc: [], app: ['vpc'] }, ['vpc']);
    expect(repository.stage.delivery(back).units).toContainEqual(
      expect.objectContaining({ path: 'vpc', change: 'added', deleted: false }),
    );
    await repository.stage.execute(back);
    await repository.stage.poll();
    expect(carried(repository)).toEqual([]);
  });

  test('stays while what reads it is applied and is no longer in git, when its own deletion was put aside', async () => {
    const repository = await branch({ vpc: [], app: ['vpc'] });
    await repository.putAside({ vpc: [], dns: ['vpc'] }, ['dns']);
    const deleted = await repository.push({ dns: [] }, ['dns']);
    expect(repository.destroyed(deleted)).toEqual([]);
    expect(carried(repository).map(([path]) => path)).toEqual(['vpc']);
    await repository.stage.execute(deleted);
    await repository.stage.poll();
    const letsGo = await repository.push({ dns: [], app: [] }, ['app']);
    expect(repository.destroyed(letsGo)).toEqual([['vpc', 'app']]);
  });
});
