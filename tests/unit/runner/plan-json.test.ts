import { noEffects } from '../../../src/model.ts';
import { readPlan } from '../../../src/runner/plan-json.ts';

const plan = (facts: object) => readPlan(JSON.stringify({ format_version: '1.2', ...facts }));
const resource = (...actions: string[]) => ({ address: 'a.b', change: { actions } });

describe("a plan's JSON", () => {
  test('a replacement counts as one added and one destroyed', () => {
    const changes = [resource('create'), resource('update'), resource('delete', 'create'), resource('no-op')];
    expect(plan({ resource_changes: changes })).toMatchObject({
      counts: { ...noEffects, add: 2, change: 1, destroy: 1 },
      empty: false,
    });
  });

  test('names what it destroys, and says what comes back as another', () => {
    const changes = [resource('create'), resource('delete'), resource('create', 'delete')];
    expect(plan({ resource_changes: changes }).destroys).toEqual([
      { address: 'a.b', replaced: false },
      { address: 'a.b', replaced: true },
    ]);
  });

  test('reading data alone is no change', () => {
    expect(plan({ resource_changes: [resource('read'), resource('no-op')] }).empty).toBe(true);
  });

  test('a changed output alone is a change', () => {
    const outputs = { b: { actions: ['update'], before: 1 }, a: { actions: ['create'] }, c: { actions: ['no-op'] } };
    expect(plan({ output_changes: outputs })).toMatchObject({ outputsChanged: ['a', 'b'], empty: false });
  });

  test.each([
    ['moved', { ...resource('no-op'), previous_address: 'a.c' }],
    ['imported', { address: 'a.b', change: { actions: ['no-op'], importing: { id: 'x' } } }],
    ['forgotten', resource('forget')],
  ])('a resource that is %s is a change, and counts as such', (what, change) => {
    const kind = { moved: 'move', imported: 'import', forgotten: 'forget' }[what] ?? '';
    expect(plan({ resource_changes: [change] })).toMatchObject({ empty: false, counts: { ...noEffects, [kind]: 1 } });
  });

  test('checks that fail, or that could not be evaluated, are told by their names', () => {
    const check = (name: string, ...instances: object[]) => ({ address: { to_display: name }, instances });
    const checks = [
      check('check.size', { status: 'fail', problems: [{ message: 'Too small.' }, { message: 'Too old.' }] }),
      check('check.reach', { status: 'error' }),
      check('check.fine', { status: 'pass' }, { status: 'unknown' }),
    ];
    expect(plan({ checks }).failedChecks).toEqual([
      'check.size fails: Too small.',
      'check.size fails: Too old.',
      'check.reach could not be evaluated',
    ]);
  });

  test('two plans that do the same have the same content, whenever they were made and whatever else the state holds', () => {
    const made = (at: string, ...others: object[]) =>
      plan({ timestamp: at, resource_changes: [{ ...resource('create'), index: at }, ...others] }).content;
    const first = made('2026-01-02T03:04:05Z');
    expect(made('2026-01-03T03:04:05Z', resource('no-op'), resource('read'))).toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string, object]>([
    ['another action', { resource_changes: [resource('update')] }],
    ['another resource', { resource_changes: [{ ...resource('create'), address: 'a.c' }] }],
    ['another value', { resource_changes: [{ address: 'a.b', change: { actions: ['create'], after: { size: 2 } } }] }],
    ['another move', { resource_changes: [{ ...resource('create'), previous_address: 'a.c' }] }],
    ['an output', { resource_changes: [resource('create')], output_changes: { id: { actions: ['create'] } } }],
  ])('%s is another content', (_, facts) => {
    expect(plan(facts).content).not.toBe(plan({ resource_changes: [resource('create')] }).content);
  });

  test('data that was read for the plan does not mean that the unit was there before', () => {
    const data = { resources: [{ mode: 'data' }] };
    const prior = { values: { outputs: { id: {} }, root_module: data } };
    expect(plan({ prior_state: prior, output_changes: { id: { actions: ['create'], before: null } } }).existed).toBe(
      false,
    );
  });

  test('a resource in a nested module means that the unit was there before', () => {
    const nested = { child_modules: [{ child_modules: [{ resources: [{ mode: 'managed' }] }] }] };
    expect(plan({ prior_state: { values: { root_module: nested } } }).existed).toBe(true);
  });

  test('what is no plan is an error', () => {
    expect(() => readPlan('no JSON')).toThrow(/could not be read as JSON/);
    expect(() => readPlan('{"resource_changes": 3}')).toThrow(/unknown form/);
  });
});
