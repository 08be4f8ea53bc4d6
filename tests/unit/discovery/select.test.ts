import fc from 'fast-check';
import { changeRows, type Selection, selectUnits } from '../../../src/discovery/select.ts';
import type { TouchedUnit, Unit } from '../../../src/model.ts';
import { configWith } from './repository.ts';

const unit = (path: string, ...dependencies: string[]): Unit => ({
  path,
  tool: 'terragrunt',
  dependencies,
  fingerprint: path,
});
const touch = (path: string, more: Partial<TouchedUnit> = {}): TouchedUnit => ({
  path,
  change: 'modified',
  reasons: ['main.tf changed'],
  tool: 'terragrunt',
  dependencies: [],
  dependents: [],
  ...more,
});
const select = (selection: Partial<Selection>) =>
  selectUnits({
    graph: [],
    touched: [],
    carried: [],
    appliedCommit: () => 'a'.repeat(40),
    config: configWith(),
    ...selection,
  });
const alone = configWith({ dependencies: 'exclude', dependents: 'exclude' });
/** app → db → vpc, and one beside. */
const chain = [unit('app', 'db'), unit('db', 'vpc'), unit('other'), unit('vpc')];
const touchedIn = (graph: Unit[], ...paths: string[]) =>
  paths.map((path) => touch(path, { dependencies: graph.find((one) => one.path === path)?.dependencies ?? [] }));

describe('a delivery', () => {
  test('carries what depends on a touched unit and what it depends on, and says why', () => {
    const units = select({ graph: chain, touched: touchedIn(chain, 'db') });
    expect(units.map(({ path, change, reasons }) => [path, change, ...reasons])).toEqual([
      ['vpc', 'dependency', 'db reads its outputs'],
      ['db', 'modified', 'main.tf changed'],
      ['app', 'dependent', 'reads outputs of db'],
    ]);
  });

  test('carries them only as configured', () => {
    const paths = (config: Partial<ReturnType<typeof configWith>>) =>
      select({ graph: chain, touched: touchedIn(chain, 'db'), config: configWith(config) }).map(({ path }) => path);
    expect(paths({ dependencies: 'exclude' })).toEqual(['db', 'app']);
    expect(paths({ dependents: 'exclude' })).toEqual(['vpc', 'db']);
    expect(paths({ dependencies: 'exclude', dependents: 'exclude' })).toEqual(['db']);
  });

  test('keeps the order of two units also when what lies between them is not part of it', () => {
    const units = select({ graph: chain, touched: touchedIn(chain, 'app', 'vpc'), config: alone });
    expect(units.map(({ path, after }) => [path, ...after])).toEqual([['vpc'], ['app', 'vpc']]);
  });

  test('destroys a deleted unit after those that depended on it', () => {
    const graph = [unit('app')];
    const touched = [...touchedIn(graph, 'app'), touch('vpc', { change: 'deleted', dependents: ['app'] })];
    const units = select({ graph, touched });
    expect(units.map(({ path, after, deleted }) => [path, deleted, ...after])).toEqual([
      ['app', false],
      ['vpc', true, 'app'],
    ]);
  });

  test('moves a deleted unit to the stage of the last unit that depended on it', () => {
    const graph = [unit('apps/web')];
    const touched = [
      ...touchedIn(graph, 'apps/web'),
      touch('network/vpc', { change: 'deleted', dependents: ['apps/web'] }),
    ];
    const units = select({ graph, touched, config: configWith({ stages: ['network', 'apps'] }) });
    expect(units.map(({ path, stage }) => [path, stage])).toEqual([
      ['apps/web', 'apps'],
      ['network/vpc', 'apps'],
    ]);
  });

  test('carries what was left from before, at the code that is applied', () => {
    const units = select({
      graph: chain,
      touched: touchedIn(chain, 'other'),
      carried: [
        { path: 'app', reason: 'declined in 0123456789ab-1' },
        { path: 'other', reason: 'failed in 0123456789ab-1' },
        { path: 'gone', reason: 'declined in 0123456789ab-1' },
        { path: 'old', reason: 'cancelled', deleted: touch('old', { change: 'deleted' }) },
      ],
      appliedCommit: (path) => (path === 'app' ? null : 'b'.repeat(40)),
      config: alone,
    });
    expect(
      units.map(({ path, change, deleted, base, reasons }) => [path, change, deleted, base?.[0], ...reasons]),
    ).toEqual([
      ['app', 'carried', false, undefined, 'declined in 0123456789ab-1'],
      ['old', 'carried', true, 'b', 'cancelled'],
      ['other', 'modified', false, 'b', 'main.tf changed', 'failed in 0123456789ab-1'],
    ]);
  });

  test('has rows for the command line, by path', () => {
    const rows = changeRows(select({ graph: chain, touched: touchedIn(chain, 'db'), config: alone }));
    expect(rows).toEqual([{ path: 'db', change: 'modified', reasons: ['main.tf changed'], dependencies: ['vpc'] }]);
  });
});

describe('stages', () => {
  const graph = ['prod/apps/web', 'prod/network/vpc', 'prod/network/dns/zone', 'misc'].map((path) => unit(path));
  const stagesOf = (...stages: string[]) =>
    select({ graph, touched: touchedIn(graph, ...graph.map(({ path }) => path)), config: configWith({ stages }) }).map(
      ({ path, stage }) => [path, stage],
    );

  test('follow each other as configured; the longest parent wins and the rest comes last', () => {
    expect(stagesOf('prod/network/dns', 'prod/network/', 'prod')).toEqual([
      ['prod/network/dns/zone', 'prod/network/dns'],
      ['prod/network/vpc', 'prod/network/'],
      ['prod/apps/web', 'prod'],
      ['misc', 'other'],
    ]);
  });

  test('inside of each other hold what is nearest, wherever they are listed', () => {
    expect(stagesOf('prod', 'prod/network', 'prod/network/dns')).toEqual([
      ['prod/apps/web', 'prod'],
      ['prod/network/vpc', 'prod/network'],
      ['prod/network/dns/zone', 'prod/network/dns'],
      ['misc', 'other'],
    ]);
  });

  test('that are called other are not mixed with the rest', () => {
    const names = stagesOf('other').map(([, stage]) => stage);
    expect(new Set(names)).toEqual(new Set(['other, under no stage']));
  });

  test('are one without configuration', () => {
    expect(new Set(stagesOf().map(([, stage]) => stage))).toEqual(new Set(['all']));
  });

  test('have no place for a unit that depends on a later stage: that is its error, and of no other', () => {
    const wrong = [unit('network/vpc', 'apps/web'), unit('apps/web')];
    const touched = touchedIn(wrong, 'network/vpc', 'apps/web');
    const units = select({ graph: wrong, touched, config: configWith({ stages: ['network', 'apps'] }) });
    expect(units.map(({ path, error, after }) => [path, error, after])).toEqual([
      [
        'network/vpc',
        expect.stringContaining(
          'network/vpc depends on apps/web, which is delivered in a later stage; move the stage of apps/web before',
        ),
        [],
      ],
      ['apps/web', undefined, []],
    ]);
  });
});

describe('environments', () => {
  const graph = ['prod/app', 'prod/network', 'dev/app', 'staging/app', 'qa/app', 'dns'].map((path) => unit(path));
  const environments = {
    'prod/**': { order: 3 },
    'dev/**': { order: 1 },
    'staging/**': { order: 2 },
    'qa/**': { order: 2 },
  };
  const stagesOf = (settings: Parameters<typeof configWith>[0]) =>
    select({ graph, touched: touchedIn(graph, ...graph.map(({ path }) => path)), config: configWith(settings) }).map(
      ({ path, stage }) => [path, stage],
    );

  test('follow each other by their order, those of one order together; what has none comes first', () => {
    expect(stagesOf({ environments })).toEqual([
      ['dns', '0:elsewhere'],
      ['dev/app', '1:dev/**'],
      ['qa/app', '2:staging/**,qa/**'],
      ['staging/app', '2:staging/**,qa/**'],
      ['prod/app', '3:prod/**'],
      ['prod/network', '3:prod/**'],
    ]);
  });

  test('have stages each', () => {
    expect(stagesOf({ environments, stages: ['prod/network'] })).toEqual([
      ['dns', '0:elsewhere:other'],
      ['dev/app', '1:dev/**:other'],
      ['qa/app', '2:staging/**,qa/**:other'],
      ['staging/app', '2:staging/**,qa/**:other'],
      ['prod/network', '3:prod/**:prod/network'],
      ['prod/app', '3:prod/**:other'],
    ]);
  });

  test('without an order are delivered together, by stage', () => {
    const unordered = { 'prod/**': {}, 'dev/**': {} };
    expect(new Set(stagesOf({ environments: unordered }).map(([, stage]) => stage))).toEqual(new Set(['all']));
    expect(stagesOf({ environments: unordered, stages: ['prod'] })[0]).toEqual(['prod/app', 'prod']);
  });

  test('have no place for a unit that depends on one of a later environment', () => {
    const errorOf = (graph: Parameters<typeof touchedIn>[0], path: string) =>
      select({ graph, touched: touchedIn(graph, path), config: configWith({ environments }) })[0]?.error;
    const wrong = [unit('dev/app', 'prod/network'), unit('prod/network')];
    expect(errorOf(wrong, 'dev/app')).toBe(
      'dev/app depends on prod/network, whose environment (prod/**, order 3) is delivered after that of dev/app (dev/**, order 1); give it an "order" under "environments" in the configuration that is not larger.',
    );
    const none = [unit('dns', 'dev/app'), unit('dev/app')];
    expect(errorOf(none, 'dns')).toContain(
      'dns depends on dev/app, whose environment (dev/**, order 1) is delivered after that of dns (none, order 0)',
    );
  });

  test('are told of each unit, and of none where there is none', () => {
    const units = select({ graph, touched: touchedIn(graph, 'dns', 'dev/app'), config: configWith({ environments }) });
    expect(changeRows(units)).toMatchObject([{ path: 'dev/app', environment: 'dev/**' }, { path: 'dns' }]);
    expect(changeRows(units)[1]).not.toHaveProperty('environment');
  });

  test('end before those of a larger order begin, whatever the dependencies, the orders and the stages', () => {
    const place = fc.constantFrom('a', 'b', 'c', 'a/x', 'b/x', 'c/y', 'd');
    const order = fc.option(fc.nat(3), { nil: undefined });
    const property = fc.property(
      fc.record({ a: order, b: order, c: order, 'a/*': order }),
      fc.subarray(['a', 'b', 'c/y']),
      fc.uniqueArray(place, { minLength: 1 }),
      ({ 'a/*': inside, ...orders }, stages, paths) => {
        const number = (path: string) =>
          path.startsWith('a/') ? (inside ?? 0) : ((orders as Record<string, number | undefined>)[path] ?? 0);
        const config = configWith({
          stages,
          environments: {
            ...Object.fromEntries(
              Object.entries(orders).map(([name, order]) => [name, order === undefined ? {} : { order }]),
            ),
            'a/*': inside === undefined ? {} : { order: inside },
          },
        });
        const all = paths.map((path) => unit(path));
        const units = select({ graph: all, touched: touchedIn(all, ...paths), config });
        const numbers = units.map(({ path }) => number(path));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        // One stage of the delivery is one run of units, and holds one order only.
        const runs = units.filter(({ stage }, index) => stage !== units[index - 1]?.stage).map(({ stage }) => stage);
        expect(new Set(runs).size).toBe(runs.length);
        for (const members of Map.groupBy(units, ({ stage }) => stage).values())
          expect(new Set(members.map(({ path }) => number(path))).size).toBe(1);
      },
    );
    fc.assert(property);
  });
});
