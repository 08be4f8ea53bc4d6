import fc from 'fast-check';
import { replay, skip } from '../../../src/delivery/halted.ts';
import { enqueued } from '../../support/change-set.ts';
import { type Code, type Fate, LiveWorld } from '../../support/live-world.ts';
import { type Ended, PipelineStage } from '../../support/pipeline-stage.ts';

/** Two chains that meet, and one beside. */
const dependencies = { vpc: [], dns: [], db: ['vpc'], cache: ['vpc', 'dns'], app: ['db', 'cache'], cron: ['db'] };
const paths = Object.keys(dependencies);

const fate = fc.record<Fate>({
  delivered: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Fate['delivered']>('applied') },
    { weight: 2, arbitrary: fc.constantFrom<Fate['delivered']>('declined', 'failed', 'half applied') },
  ),
  rolledBack: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Fate['rolledBack']>('not', 'rolled-back') },
    { weight: 1, arbitrary: fc.constant<Fate['rolledBack']>('rollback-failed') },
  ),
});
const well: Fate = { delivered: 'applied', rolledBack: 'not' };

/** One push and what becomes of its delivery, as often as that is replayed. */
const push = fc.record({
  /** A number is new code; null deletes. */
  changed: fc.dictionary(fc.constantFrom(...paths), fc.option(fc.nat(3)), { maxKeys: 3 }),
  fates: fc.dictionary(fc.constantFrom(...paths), fate),
  replays: fc.nat(2),
  /** Whether what did not end well is put back in git before the next push. */
  synced: fc.boolean(),
});
type Push = typeof push extends fc.Arbitrary<infer T> ? T : never;

class History {
  readonly stage = new PipelineStage();
  readonly world = new LiveWorld(dependencies);
  #sync: Code = {};

  async play({ changed, fates, replays, synced }: Push): Promise<void> {
    const code = Object.entries(changed).map(([path, version]) => [path, version === null ? undefined : `${version}`]);
    await this.push({ ...this.#sync, ...Object.fromEntries(code) }, fates);
    for (let left = replays; (await this.stage.poll()) === 'halted'; left--) {
      if (left === 0) {
        await skip(this.stage.bucket);
        break;
      }
      await replay(this.stage.bucket);
      await this.stage.poll();
      await this.#deliver(fates);
    }
    if (!synced) this.#sync = {};
  }

  async push(changed: Code, fates: Record<string, Fate>): Promise<void> {
    await enqueued(this.world.push(changed), this.stage.bucket, this.stage.queue);
    expect(await this.stage.poll()).toBe('started');
    await this.#deliver(fates);
  }

  async #deliver(fates: Record<string, Fate>): Promise<void> {
    const delivery = this.stage.delivery(this.stage.pointer.running?.delivery ?? '');
    const endings = this.world.execute(delivery, (path) => fates[path] ?? well);
    const ended = [...endings].map(([path, { outcome, half }]) => [
      path,
      half && outcome === 'failed' ? 'half applied' : outcome,
    ]);
    await this.stage.execute(delivery.id, Object.fromEntries(ended) as Ended);
    this.#sync = this.world.backToTruth(delivery, endings);
  }
}

test('whatever was declined, failed, rolled back, replayed or skipped: a delivery that ends well makes it good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(push, { minLength: 1, maxLength: 6 }), async (pushes) => {
      const history = new History();
      const { stage, world } = history;
      await history.push(Object.fromEntries(paths.map((path) => [path, 'first'])), {});
      await stage.poll();
      for (const one of pushes) await history.play(one);
      await history.push({}, {});
      expect(await stage.poll()).toBe('idle');
      expect(world.forgotten).toEqual([]);
      expect(stage.pointer).toMatchObject({ running: null, halted: null, carried: [] });
    }),
    { numRuns: process.env.CI === 'true' ? 1000 : 100 },
  );
});
