import { configSchema } from '../../../src/config/schema.ts';
import { type Applied, type AppliedUnit, applyEndings, nothingApplied } from '../../../src/delivery/applied.ts';
import { inViewOfMoves, standingOf, stateBefore, takenOver } from '../../../src/delivery/moved.ts';
import { outOfStep } from '../../../src/delivery/out-of-step.ts';
import type { CarriedUnit } from '../../../src/delivery/pointer.ts';
import { prepareDelivery } from '../../../src/delivery/prepare.ts';
import { inViewOfReaders } from '../../../src/delivery/still-read.ts';
import { appliedCommit, directoryAt, rollbackCommit } from '../../../src/delivery/unit-commit.ts';
import {
  type ChangeSet,
  changeSetSchema,
  type DeliveryUnit,
  type Outcome,
  type TouchedUnit,
  type Unit,
  unknownDurations,
} from '../../../src/model.ts';
import { commit } from '../../support/change-set.ts';

const config = configSchema.parse({});
const state = (name: string) => `s3 bucket=states key=${name}`;
const unit = (path: string, writes: string, reads: string[] = [], dependencies: string[] = []): Unit => ({
  path,
  tool: 'terraform',
  dependencies,
  fingerprint: `${path} at the head`,
  states: { writes: [state(writes)], reads: reads.map(state) },
});
const touch = (path: string, change: TouchedUnit['change'], more: Partial<TouchedUnit> = {}): TouchedUnit => ({
  path,
  change,
  reasons: ['new unit'],
  tool: 'terraform',
  dependencies: [],
  dependents: [],
  ...more,
});
const changeSet = (graph: Unit[], touched: TouchedUnit[]): ChangeSet =>
  changeSetSchema.parse({
    version: 1,
    repository: 'example-org/live',
    branch: 'main',
    base: commit('b1'),
    head: commit('b2'),
    sequence: 2,
    author: 'A',
    subject: 's',
    enqueuedAt: '2026-01-01T00:00:00.000Z',
    touched,
    graph,
  });
const record = (more: Partial<AppliedUnit> = {}): AppliedUnit => ({
  commit: commit('a1'),
  fingerprint: 'as applied',
  half: null,
  tool: 'terraform',
  durations: unknownDurations,
  ...more,
});
const having = (units: Record<string, AppliedUnit>): Applied => ({ version: 1, units });

/** net is now platform/net, and app reads its state. */
const graph = [unit('platform/net', 'net'), unit('app', 'app', ['net'], ['platform/net'])];
const moved = changeSet(graph, [touch('platform/net', 'added', { movedFrom: 'net' })]);
const before = having({ net: record(), app: record({ reads: ['net'] }) });

function ended(outcome: Outcome, applied = before, carried: CarriedUnit[] = [], given = moved) {
  const delivery = prepareDelivery(given, applied, carried, config);
  const endings = new Map(
    delivery.units.map(({ path }) => [
      path,
      { outcome: path === 'platform/net' ? outcome : 'unchanged', half: false } as const,
    ]),
  );
  return { delivery, endings, applied: applyEndings(applied, delivery, endings, (path) => `${path} at the head`) };
}
const only = (units: readonly DeliveryUnit[], path = 'platform/net') =>
  units.find((one) => one.path === path) as DeliveryUnit;

describe('a unit whose state another directory had', () => {
  test('goes back to the code of that directory', () => {
    const { delivery } = ended('applied');
    const net = only(delivery.units);
    expect(net).toMatchObject({ base: commit('a1'), movedFrom: 'net', baseDirectory: 'net', deleted: false });
    expect(appliedCommit(net, delivery)).toBe(commit('a1'));
    expect(directoryAt(rollbackCommit(net, delivery), net, delivery)).toBe('net');
    expect(directoryAt(delivery.head, net, delivery)).toBe('platform/net');
    expect(delivery.units.map(({ path }) => path)).not.toContain('net');
  });

  test('goes back to it, too, where nothing was ever recorded', () => {
    const net = only(ended('applied', nothingApplied).delivery.units);
    expect(net).toMatchObject({ base: moved.base, movedFrom: 'net', baseDirectory: 'net' });
    // As a delivery says it that was described before.
    const older = { ...net, base: null, baseDirectory: undefined };
    expect(directoryAt(commit('b1'), older, moved)).toBe('net');
  });

  test.each(['applied', 'unchanged'] as const)(
    'takes the record over once it is %s, and is what others read',
    (outcome) => {
      const { units } = ended(outcome).applied;
      expect(Object.keys(units).sort()).toEqual(['app', 'platform/net']);
      expect(units['platform/net']).toMatchObject({ commit: moved.head, writes: [state('net')] });
      expect(units['platform/net']).not.toHaveProperty('directory');
      expect(units.app?.reads).toEqual(['platform/net']);
    },
  );

  test.each(['declined', 'rolled-back', 'cancelled'] as const)(
    'stays what is applied of it when it is %s, and is planned again',
    (outcome) => {
      const first = ended(outcome);
      expect(first.applied.units['platform/net']).toMatchObject({ commit: commit('a1'), directory: 'net' });
      expect(first.applied.units).not.toHaveProperty('net');
      const next = { ...moved, touched: [], base: moved.head, head: commit('b3'), sequence: 3 };
      const carried = [{ path: 'platform/net', reason: 'declined', stale: false, deleted: null }];
      const again = only(prepareDelivery(next, first.applied, carried, config).units);
      expect(again).toMatchObject({ base: commit('a1'), baseDirectory: 'net', change: 'carried' });
      const second = ended('applied', first.applied, carried, next).applied.units;
      expect(second['platform/net']).toMatchObject({ commit: commit('b3') });
      expect(second['platform/net']).not.toHaveProperty('directory');
    },
  );

  test('and is moved back goes on as it was', () => {
    const { applied } = ended('declined');
    const back = changeSet([unit('net', 'net')], [touch('net', 'added', { movedFrom: 'platform/net' })]);
    const delivery = prepareDelivery(back, applied, [], config);
    expect(only(delivery.units, 'net')).toMatchObject({ base: commit('a1') });
    expect(only(delivery.units, 'net')).not.toHaveProperty('baseDirectory');
    const endings = new Map([['net', { outcome: 'declined', half: false } as const]]);
    const { units } = applyEndings(applied, delivery, endings, () => null);
    expect(units.net).toMatchObject({ commit: commit('a1') });
    expect(units.net).not.toHaveProperty('directory');
    expect(units).not.toHaveProperty('platform/net');
  });

  test('is put back together with its old directory', () => {
    const { delivery, endings, applied } = ended('declined');
    const found = outOfStep({ delivery, endings, carried: [], applied, fingerprints: new Map(), unrecorded: false });
    expect(found).toMatchObject([
      { path: 'net', base: commit('a1'), together: 'platform/net' },
      { path: 'platform/net', base: null, together: 'net' },
    ]);
  });

  test('takes over what waited to be destroyed', () => {
    const waiting: CarriedUnit = {
      path: 'net',
      reason: 'declined in a-1',
      stale: false,
      deleted: touch('net', 'deleted', { writes: [state('net')] }),
    };
    const given = changeSet(graph, [touch('platform/net', 'added')]);
    const { carried, changeSet: seen } = inViewOfMoves(given, [waiting]);
    expect(carried).toEqual([]);
    expect(seen.touched).toMatchObject([
      { path: 'platform/net', movedFrom: 'net', reasons: ['moved from net: its state stays', 'new unit'] },
    ]);
    expect(inViewOfMoves(changeSet([], []), [waiting]).carried).toEqual([waiting]);
    const others = [touch('app', 'modified'), touch('platform/net', 'added', { movedFrom: 'net' })];
    expect(inViewOfMoves(changeSet(graph, others), [waiting]).changeSet.touched).toEqual(others);
    const back = changeSet([unit('net', 'net')], [touch('net', 'added')]);
    expect(inViewOfMoves(back, [waiting])).toEqual({ changeSet: back, carried: [waiting] });
  });
});

describe('a unit that waits to be destroyed while the code at the head reads its state', () => {
  const waiting: CarriedUnit = {
    path: 'net',
    reason: 'declined in a-1',
    stale: false,
    deleted: touch('net', 'deleted', { writes: [state('net')] }),
  };

  test('is left out of the delivery, and stays carried with that reason', () => {
    const view = inViewOfReaders(
      changeSet([unit('app', 'app', ['net']), unit('zone', 'zone')], [touch('app', 'modified')]),
      [waiting],
      having({ net: record(), zone: record({ reads: ['net'], fingerprint: 'zone at the head' }) }),
    );
    expect(view.carried).toEqual([]);
    expect(view.held).toMatchObject([{ path: 'net', reason: expect.stringMatching(/^app reads its state/) }]);
  });

  test('is destroyed when nobody reads it', () => {
    const view = inViewOfReaders(
      changeSet([unit('app', 'app')], [touch('app', 'modified')]),
      [waiting],
      having({ net: record() }),
    );
    expect(view.carried).toMatchObject([{ path: 'net' }]);
  });

  test('is forgotten when nothing of it was ever applied', () => {
    const given = changeSet(
      [unit('app', 'app', ['net'])],
      [touch('net', 'deleted', { writes: [state('net')] }), touch('app', 'modified')],
    );
    const never = having({ net: record({ commit: null, fingerprint: null }) });
    expect(inViewOfReaders(given, [], never).held).toEqual([]);
    expect(inViewOfReaders(given, [], having({ net: record() })).held).toMatchObject([{ path: 'net' }]);
  });

  test('is out of date still, when it was before', () => {
    const view = inViewOfReaders(
      changeSet([unit('app', 'app', ['net'])], []),
      [{ ...waiting, stale: true }],
      having({ net: record() }),
    );
    expect(view.held).toMatchObject([{ path: 'net', stale: true, deleted: { path: 'net' } }]);
  });
});

describe('what is recorded of a unit that has moved', () => {
  const never = record({ commit: null, fingerprint: null });

  test.each<[string, Applied['units'], string | undefined, ReturnType<typeof standingOf>]>([
    ['its own where it has not moved', { app: never }, undefined, { record: never, directory: 'app' }],
    [
      'its own once something of it was applied',
      { app: record(), net: record() },
      'net',
      { record: record(), directory: 'app' },
    ],
    [
      'that of its old path before',
      { app: never, net: record() },
      'net',
      { record: record(), directory: 'net', movedFrom: 'net' },
    ],
    [
      'that of its old path when it has none',
      { net: record() },
      'net',
      { record: record(), directory: 'net', movedFrom: 'net' },
    ],
  ])('is %s', (_, units, movedFrom, standing) => {
    expect(standingOf('app', movedFrom, having(units))).toEqual(standing);
  });

  test('names it by its new path in whatever reads it', () => {
    const units = { net: record(), zone: record({ reads: ['net', 'dns'] }), dns: record() };
    expect(takenOver(units, 'core', 'net')).toEqual({
      core: record({ directory: 'net' }),
      zone: record({ reads: ['core', 'dns'] }),
      dns: record(),
    });
  });
});

describe('the state that the applied code has', () => {
  const stateWas = (writes: string[], now: string[], written: string[] = []) =>
    stateBefore(
      { states: { writes: now, reads: [] } },
      { record: record({ writes }), directory: 'net' },
      'as the change set says',
      (state) => written.includes(state),
    );

  test('is another one when the code at the head has none of it, and nobody else has', () => {
    expect(stateWas(['a'], ['b'])).toBe('a');
    expect(stateWas(['a', 'b'], ['c'])).toBe('a, or b');
    expect(stateWas(['a', 'b'], ['b'])).toBeUndefined();
    expect(stateWas(['a', 'b'], ['c'], ['b'])).toBeUndefined();
  });

  test('is not known when either code has none', () => {
    expect(stateWas([], ['b'])).toBeUndefined();
    expect(stateWas(['a'], [])).toBeUndefined();
  });
});

describe('a unit whose state is another one than that of what is applied', () => {
  const other = changeSet([unit('net', 'v2')], [touch('net', 'modified', { stateBefore: state('net') })]);
  const prepared = (given: ChangeSet, applied: Applied, carried: CarriedUnit[] = []) =>
    prepareDelivery(given, applied, carried, config);

  test('is rolled back by destroying what the new one holds, with the code that made it', () => {
    const delivery = prepared(other, having({ net: record({ writes: [state('net')] }) }));
    const net = only(delivery.units, 'net');
    expect(net).toMatchObject({ base: commit('a1'), stateBefore: state('net') });
    expect(appliedCommit(net, delivery)).toBeNull();
    expect(rollbackCommit(net, delivery)).toBe(delivery.head);
  });

  test('is looked into with the tool of the code that is applied', () => {
    const applied = having({ net: record({ writes: [state('net')], tool: 'terragrunt' }) });
    expect(only(prepared(other, applied).units, 'net')).toMatchObject({ toolBefore: 'terragrunt' });
  });

  test('is still so when it is carried, and says it', () => {
    const next = { ...other, touched: [] };
    const carried = [{ path: 'net', reason: 'declined', stale: false, deleted: null }];
    const net = only(prepared(next, having({ net: record({ writes: [state('net')] }) }), carried).units, 'net');
    expect(net.stateBefore).toBe(state('net'));
    expect(net.reasons.at(-1)).toMatch(
      /^its state is another one now: from .*key=net to .*key=v2; what the old one holds/,
    );
  });

  test('is so no more once it is applied, or when git has gone back to the old one', () => {
    const applied = having({ net: record({ writes: [state('v2')] }) });
    expect(only(prepared(other, applied).units, 'net')).not.toHaveProperty('stateBefore');
  });
});
