import { label } from '../../../statemachine/name-states.ts';

const deep = (head: string) => `${head}/${'network/'.repeat(20)}vpc`;

test('a path stands in names as it is', () => {
  expect(label('prod/eu-central-1/vpc')).toBe('prod/eu-central-1/vpc');
  expect(label('.')).toBe('.');
  expect(label('prod/日本/$(x)')).toBe('prod/日本/$(x)');
});

test('a path that is too long is shortened to its end behind a hash of the whole, the same every time', () => {
  expect(label(deep('prod'))).toBe('695977cf…k/network/network/network/network/network/network/vpc');
  expect(label(deep('prod'))).toHaveLength(62);
});

test('long paths with the same end have different names', () => {
  expect(label(deep('prod'))).not.toBe(label(deep('test')));
});

test('a path with a space is quoted, so that the unit "failed x" has no state with a name of the unit "x"', () => {
  expect(label('failed x')).toBe('"failed x"');
  expect(`Apply ${label('failed x')}`).not.toBe(`Apply failed ${label('x')}`);
});

test('a quoted name has room for the longest verb, too', () => {
  expect(`Rollback failed ${label(`a b/${deep('prod')}`)}`.length).toBeLessThanOrEqual(80);
});

test('a path that is written like the short form of another one is not taken for it', () => {
  expect(label(label(deep('prod')))).not.toBe(label(deep('prod')));
});

test('line breaks, control characters and changes of the writing direction are not in names, but told apart', () => {
  const paths = ['prod/a\nb', 'prod/a\tb', 'prod/a\u2028b', 'prod/a\u202eb', 'prod/a b'];
  const names = paths.map((path) => label(path));
  for (const name of names) expect(name).toMatch(/^"([0-9a-f]{8}…)?prod\/a b"$/);
  expect(new Set(names).size).toBe(paths.length);
});

test('no character is cut in two', () => {
  for (const more of ['', 'a', 'ab']) expect(label(`${'😀/'.repeat(60)}${more}x`).isWellFormed()).toBe(true);
});
