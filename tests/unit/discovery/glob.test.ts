import { globPattern, isGlob } from '../../../src/discovery/glob.ts';

test.each<[string, string[], string[]]>([
  ['*.tf', ['main.tf', '.tf'], ['mainxtf', 'modules/main.tf', 'main.tfx']],
  ['prod/**', ['prod/vpc', 'prod/a/b'], ['prod', 'test/prod/vpc']],
  ['**/vpc', ['vpc', 'prod/vpc', 'prod/a/vpc'], ['prod/vpc/a', 'myvpc']],
  ['{app,db}-?', ['app-1', 'db-2'], ['app-', 'app,db-1', 'app-/']],
  ['a+(b)', ['a+(b)'], ['aab', 'ab']],
  ['{**/prod,live}/**', ['prod/db', 'a/prod/db', 'live/db'], ['prod', 'a/live/db', 'prod,live/db']],
  ['{app(1),b}', ['app(1)', 'b'], ['app1', 'app(1),b']],
  ['{a,{b,c}d,}e', ['ae', 'bde', 'cde', 'e'], ['be', 'a,e']],
  ['a,b', ['a,b'], ['a', 'b']],
  ['[!a]b', ['bb', '!b'], ['ab', '/b', 'b']],
  ['[^a-c]', ['d', '-'], ['a', 'b', '^a', '/']],
  ['[a-c-]', ['a', 'b', '-'], ['d', 'a-c-']],
  ['[]a]', [']', 'a'], ['[]a]', 'b']],
  ['[\\d^&]', ['d', '^', '&'], ['1']],
  ['a]', ['a]'], ['a']],
  ['\\*\\{a', ['*{a'], ['x{a', '\\*\\{a']],
  ['a.b$^|', ['a.b$^|'], ['axb', 'a.b']],
  ['gr??e', ['größe', 'gr😀😀e'], ['gre']],
  ['*', ['a\nb', '.hidden', ''], ['a/b']],
])('%s matches what it says, from beginning to end', (pattern, matching, others) => {
  const matches = (path: string) => (isGlob(pattern) ? globPattern(pattern).test(path) : 'no pattern');
  expect(matching.filter((path) => matches(path) !== true)).toEqual([]);
  expect(others.filter((path) => matches(path) !== false)).toEqual([]);
});

test.each(['{a', 'a}', '[a', '{a,{b}', '[b-a]', 'a'.repeat(1001), '{'.repeat(1000), '[!', '[]'])(
  '%s is no pattern',
  (pattern) => {
    expect(isGlob(pattern)).toBe(false);
    expect(['a', pattern].filter((path) => globPattern(pattern).test(path))).toEqual([pattern]);
  },
);

test('no pattern takes long, whatever it is asked to match', () => {
  const patterns = [
    '*a'.repeat(400),
    '**/a/'.repeat(150),
    '{a,aa}'.repeat(150),
    `${'{*,'.repeat(200)}${'}'.repeat(200)}b`,
  ];
  const started = performance.now();
  for (const pattern of patterns) expect(globPattern(`${pattern}b`).test('a'.repeat(4000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(20_000);
});
