import { shownInState } from '../../../src/runner/in-state.ts';

const changed = (address: string, actions: string[], after: object | null, more: object = {}) => ({
  address,
  change: { actions, after, ...more },
});
const plan = (...resource_changes: object[]) => JSON.stringify({ resource_changes });
const state = (...resources: { address: string; values?: object }[]) =>
  JSON.stringify({ values: { root_module: { child_modules: [{ resources }] }, outputs: { size: { value: 2 } } } });
const nothing = '{"format_version":"1.0"}';

describe('a state', () => {
  test('shows what was created, changed, destroyed, forgotten and moved', () => {
    const all = plan(
      changed('a.created', ['create'], { size: 1, tags: null }, { after_unknown: { id: true } }),
      changed('a.changed', ['update'], { size: 2 }),
      changed('a.destroyed', ['delete'], null),
      changed('a.forgotten', ['forget'], null),
      changed('a.read', ['read'], { size: 9 }),
      { ...changed('a.moved', ['no-op'], {}), previous_address: 'a.before' },
    );
    const after = state(
      { address: 'a.created', values: { size: 1, id: 'x' } },
      { address: 'a.changed', values: { size: 2 } },
      { address: 'a.moved' },
    );
    expect(shownInState(all, after)).toBe('all');
    const before = state(
      { address: 'a.changed', values: { size: 1 } },
      { address: 'a.destroyed' },
      { address: 'a.forgotten' },
      { address: 'a.before' },
    );
    expect(shownInState(all, before)).toBe('none');
    expect(shownInState(all, state({ address: 'a.changed', values: { size: 2 } }, { address: 'a.before' }))).toBe(
      'some',
    );
  });

  test('that has nothing shows nothing of what was to be created', () => {
    expect(shownInState(plan(changed('a.b', ['create'], {})), nothing)).toBe('none');
  });

  test('shows outputs by their values', () => {
    const output = (after: unknown) => JSON.stringify({ output_changes: { size: { actions: ['update'], after } } });
    expect(shownInState(output(2), state())).toBe('all');
    expect(shownInState(output(3), state())).toBe('none');
  });

  test('is not asked for the value of what was not known', () => {
    const open = { after_unknown: { list: [false, true] } };
    const later = state({ address: 'a.b', values: { list: [1, 2] } });
    expect(shownInState(plan(changed('a.b', ['create'], { list: [1] }, open)), later)).toBe('all');
  });
});
