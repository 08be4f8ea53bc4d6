import type { RollbackRule } from '../../../src/model.ts';
import { movedBack, whyItAsks } from '../../../src/runner/rollback-question.ts';

type Changes = Record<
  string,
  string[] | { actions: string[]; previous_address?: string; importing?: object; action_reason?: string }
>;

const planOf = (changes: Changes): string =>
  JSON.stringify({
    resource_changes: Object.entries(changes).map(([address, change]) => {
      const { actions, importing, ...rest } = Array.isArray(change) ? { actions: change } : change;
      return { address, mode: 'managed', ...rest, change: { actions, importing } };
    }),
  });

const asks = (applied: Changes | null, back: Changes, rest: { rule?: RollbackRule; isNew?: boolean } = {}) =>
  whyItAsks({
    rule: 'ask-on-destroy',
    isNew: false,
    applied: applied === null ? undefined : planOf(applied),
    back: planOf(back),
    ...rest,
  });

const [update, create, destroy, replace] = [['update'], ['create'], ['delete'], ['delete', 'create']];

describe('a rollback goes on by itself when it', () => {
  test.each<[string, Changes, Changes]>([
    ['changes in place what was changed in place', { 'a.x': update }, { 'a.x': update }],
    ['destroys what this delivery made', { 'a.x': create }, { 'a.x': destroy }],
    ['makes again what this delivery destroyed', { 'a.x': destroy }, { 'a.x': create }],
    ['makes what this delivery left destroyed in the middle of a replacement', { 'a.x': replace }, { 'a.x': create }],
    ['only reads data', { 'a.x': update }, { 'a.x': update, 'data.a.y': ['read'] }],
  ])('%s', (_, applied, back) => {
    expect(asks(applied, back)).toEqual([]);
  });

  test('replaces what this delivery has failed to make in place of what it destroyed', () => {
    const tainted = { 'a.x': { actions: replace, action_reason: 'replace_because_tainted' } };
    expect(asks({ 'a.x': replace }, tainted)).toEqual([]);
    expect(asks({ 'a.x': update }, tainted)).toHaveLength(1);
  });

  test('moves back what this delivery moved', () => {
    const moved = { 'a.new': { actions: ['no-op'], previous_address: 'a.old' } };
    expect(asks(moved, { 'a.old': { actions: ['update'], previous_address: 'a.new' } })).toEqual([]);
    expect(asks(moved, { 'a.other': { actions: ['no-op'], previous_address: 'a.new' } })).toHaveLength(2);
  });

  test('destroys all that a new unit has', () => {
    expect(asks({ 'a.x': create }, { 'a.x': destroy, 'a.of-an-earlier-attempt': destroy }, { isNew: true })).toEqual(
      [],
    );
  });

  test('does whatever it does, where nobody wants to be asked', () => {
    expect(asks(null, { 'a.x': destroy }, { rule: 'never-ask' })).toEqual([]);
  });
});

describe('a rollback asks when', () => {
  test.each<[string, Changes | null, Changes, string]>([
    ['it destroys what was there before', { 'a.y': update }, { 'a.x': destroy }, 'destroys a.x, which this delivery'],
    ['it replaces what was replaced', { 'a.x': replace }, { 'a.x': replace }, 'replaces a.x, which this delivery'],
    ['it replaces, the new one first', { 'a.x': update }, { 'a.x': ['create', 'delete'] }, 'replaces a.x'],
    ['it forgets what was there before', { 'a.y': update }, { 'a.x': ['forget'] }, 'a.x is forgotten'],
    ['it makes what is forgotten', { 'a.x': update }, { 'a.y': create }, 'creates a.y, which this delivery did not'],
    [
      'this delivery moved something',
      { 'a.new': { actions: ['no-op'], previous_address: 'a.old' } },
      { 'a.x': update },
      'a.old has moved to a.new',
    ],
    [
      'this delivery imported something',
      { 'a.x': { actions: ['no-op'], importing: { id: 'x-1' } } },
      {},
      'a.x is imported, and was there before',
    ],
    ['this delivery forgot something', { 'a.x': ['forget'] }, {}, 'a.x is forgotten, and still there'],
    ['nobody knows what this delivery did', null, { 'a.x': update }, 'is not known any more'],
  ])('%s', (_, applied, back, reason) => {
    expect(asks(applied, back).join('; ')).toContain(reason);
  });

  test('somebody wants to be asked about every one', () => {
    expect(asks({ 'a.x': update }, { 'a.x': update }, { rule: 'ask' })).toEqual([
      expect.stringContaining('approvals.rollback'),
    ]);
  });

  test('a plan can not be read', () => {
    const rest = { rule: 'ask-on-destroy', isNew: true } as const;
    expect(whyItAsks({ ...rest, applied: 'no JSON', back: planOf({}) })).toHaveLength(1);
    expect(whyItAsks({ ...rest, applied: planOf({}), back: '{' })).toHaveLength(1);
  });

  test('there are very many reasons, and tells some of them', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`a.x${index}`, destroy]));
    expect(asks({}, many)).toHaveLength(20);
  });
});

describe('what a delivery moved', () => {
  const moved = (address: string, previous_address: string) =>
    movedBack(planOf({ [address]: { actions: ['no-op'], previous_address } }));

  test.each(['a.old', 'a.old[0]', 'module.m["eu-west-1"].a.old', 'module.m[1].module.n.a.b_c-d["x y"]'])(
    'is moved back: %s',
    (old) => {
      expect(moved('a.new', old)).toBe(`moved {\n  from = a.new\n  to   = ${old}\n}\n`);
    },
  );

  test.each([
    'a.b\n}\ndata "external" "x" {\n  program = ["sh"]',
    'a.b }',
    'a["${file("/etc/passwd")}"].b',
    'a["x\\"].b',
    'a["%{ if true }"].b',
    'a',
    '',
  ])('never becomes anything but an address: %j', (old) => {
    expect(moved('a.new', old)).toBe('');
    expect(moved(old, 'a.new')).toBe('');
  });

  test('is nothing in a plan that moves nothing, or is not known', () => {
    expect([movedBack(planOf({ 'a.x': update })), movedBack(undefined), movedBack('{')]).toEqual(['', '', '']);
  });
});
