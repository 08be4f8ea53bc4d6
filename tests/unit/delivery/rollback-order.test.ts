import { chosenBy } from '../../../src/approval/choose-units.ts';
import { readyToRollBack } from '../../../src/delivery/ready.ts';
import { inRollbackOrder, plannedOnceMore, rollbackOrder } from '../../../src/delivery/rollback-order.ts';
import type { Delivery, Outcome } from '../../../src/model.ts';
import { commit } from '../../support/change-set.ts';
import { deliveryOf, type UnitFacts } from '../../support/delivery.ts';

const base = commit('base');

/** Units that read these others now; what they read before is the same where it isn't told. */
const delivery = (units: UnitFacts[]) =>
  deliveryOf(
    commit('head'),
    units.map((unit) => ({ after: unit.dependencies ?? [], ...unit })),
    { base },
  );

const all = ({ units }: Delivery) => units.map(({ path }) => path);
const orderOf = (of: Delivery, chosen = all(of)) => inRollbackOrder(rollbackOrder(of), chosen);
const again = (of: Delivery, chosen = all(of)) => plannedOnceMore(rollbackOrder(of), chosen);

describe('the order of a rollback', () => {
  test('has what goes back to older code after what it reads there', () => {
    const renamed = delivery([
      { path: 'net', base },
      { path: 'app', base, dependencies: ['net'] },
    ]);
    expect(orderOf(renamed)).toEqual(['net', 'app']);
    expect(again(renamed)).toEqual([]);
  });

  test('goes by what the older code reads, not by what the newer one does', () => {
    const turned = delivery([
      { path: 'net', base, readBefore: ['app'] },
      { path: 'app', base, dependencies: ['net'], readBefore: [] },
    ]);
    expect(orderOf(turned)).toEqual(['app', 'net']);
    expect(again(turned)).toEqual([]);
  });

  test('destroys what the delivery has made before what that reads, and after what reads it has let go', () => {
    const made = delivery([
      { path: 'net', base },
      { path: 'cache', dependencies: ['net'] },
      { path: 'app', base, dependencies: ['cache'], readBefore: [] },
      { path: 'job', dependencies: ['app'] },
    ]);
    expect(orderOf(made)).toEqual(['job', 'app', 'cache', 'net']);
    expect(again(made)).toEqual([]);
  });

  test('makes again what was destroyed before what read it goes back', () => {
    const deleted = delivery([
      { path: 'app', base, readBefore: ['old'] },
      { path: 'old', base, deleted: true, dependencies: ['older'], after: ['app'] },
      { path: 'older', base, deleted: true, after: ['old'] },
    ]);
    expect(orderOf(deleted)).toEqual(['older', 'old', 'app']);
  });

  /** app reads net, now and before, and cache besides, which is new and reads net. */
  const circle = delivery([
    { path: 'net', base },
    { path: 'cache', dependencies: ['net'] },
    { path: 'app', base, dependencies: ['cache', 'net'], readBefore: ['net'] },
  ]);

  test('never destroys what is read: where that contradicts what older code reads, the unit is planned once more', () => {
    expect(orderOf(circle)).toEqual(['app', 'cache', 'net']);
    expect(again(circle)).toEqual(['app']);
  });

  test('names as planned once more only what goes back together with what it reads', () => {
    expect(again(circle, ['app', 'cache'])).toEqual([]);
  });

  test('makes again what was destroyed first even when a circle leaves something to be planned once more', () => {
    const both = delivery([
      { path: 'net', base },
      { path: 'cache', dependencies: ['net'] },
      { path: 'app', base, dependencies: ['cache'], readBefore: ['old'] },
      { path: 'old', base, deleted: true, dependencies: ['net'], after: ['app'] },
    ]);
    expect(orderOf(both)).toEqual(['old', 'app', 'cache', 'net']);
    expect(again(both)).toEqual(['old']);
  });
});

describe('a rollback choice', () => {
  test('brings what was destroyed along with what reads it in its older code', () => {
    const deleted = delivery([
      { path: 'app', base, readBefore: ['old'] },
      { path: 'old', base, deleted: true, after: ['app'] },
    ]);
    const situation = { delivery: deleted, modified: ['app', 'old'], troubled: [] };
    expect(chosenBy('selective', ['app'], situation).units).toEqual(['app', 'old']);
    expect(chosenBy('selective', ['old'], situation).units).toEqual(['old']);
  });

  test('does not count what was destroyed among those that read what the delivery made', () => {
    const gone = delivery([
      { path: 'cache' },
      { path: 'app', base, deleted: true, dependencies: ['cache'], readBefore: [], after: [] },
    ]);
    const situation = { delivery: gone, modified: ['cache', 'app'], troubled: [] };
    expect(chosenBy('selective', ['cache'], situation)).toEqual({ units: ['cache'], held: new Map() });
  });

  const made = delivery([
    { path: 'keys' },
    { path: 'cache', dependencies: ['keys'] },
    { path: 'app', base, dependencies: ['cache'], readBefore: [] },
  ]);

  test('leaves what would be destroyed while something that stays reads it, and what that reads itself', () => {
    const situation = { delivery: made, modified: ['keys', 'cache', 'app'], troubled: [] };
    expect(chosenBy('selective', ['keys', 'cache'], situation)).toEqual({
      units: [],
      held: new Map([
        ['cache', 'app'],
        ['keys', 'cache'],
      ]),
    });
    expect(chosenBy('all', [], situation)).toEqual({ units: ['keys', 'cache', 'app'], held: new Map() });
  });

  test('leaves it, too, when nothing had to be applied for what reads it', () => {
    const situation = { delivery: made, modified: ['keys', 'cache'], troubled: [], unchanged: ['app'] };
    expect(chosenBy('all', [], situation).units).toEqual([]);
    expect(chosenBy('all', [], { ...situation, unchanged: [] }).units).toEqual(['keys', 'cache']);
  });
});

describe('what can be rolled back now', () => {
  const units = delivery([
    { path: 'net', base },
    { path: 'cache', dependencies: ['net'] },
    { path: 'app', base, dependencies: ['cache'], readBefore: [] },
    { path: 'dns', base, dependencies: ['app'], readBefore: ['net'] },
  ]);
  const chosen = new Set(all(units));
  const now = (ended: Record<string, Outcome | 'kept'>) => {
    const endings = all(units).map((path) => {
      const how = ended[path] ?? 'applied';
      return [
        path,
        how === 'kept'
          ? { outcome: 'applied' as const, half: false, kept: true as const }
          : { outcome: how, half: false },
      ] as const;
    });
    const { ended: after, ready } = readyToRollBack(units, new Map(endings), chosen);
    const over = [...after].flatMap(([path, { outcome, kept }]) =>
      kept ? [[path, 'kept']] : outcome === 'applied' ? [] : [[path, outcome]],
    );
    return { ready: ready.map(({ path }) => path), over: Object.fromEntries(over) };
  };

  test('is what comes after nothing that is still to be rolled back', () => {
    expect(now({}).ready).toEqual(['app']);
    expect(now({ app: 'rolled-back' }).ready).toEqual(['cache']);
    expect(now({ app: 'rolled-back', cache: 'rolled-back' }).ready).toEqual(['net']);
    expect(now({ app: 'rolled-back', cache: 'rolled-back', net: 'rolled-back' }).ready).toEqual(['dns']);
  });

  test('is nothing that comes after a rollback that failed', () => {
    expect(now({ app: 'rollback-failed' })).toEqual({
      ready: [],
      over: { app: 'rollback-failed', cache: 'rollback-failed', net: 'rollback-failed', dns: 'rollback-failed' },
    });
  });

  test('is nothing that a kept unit reads and that would be destroyed; what only wants to come after it goes on', () => {
    expect(now({ app: 'kept' })).toEqual({ ready: ['net'], over: { app: 'kept', cache: 'kept' } });
    expect(now({ app: 'kept', cache: 'kept', net: 'rolled-back' }).ready).toEqual(['dns']);
    expect(now({ app: 'rolled-back', cache: 'kept' }).ready).toEqual(['net']);
  });
});
