import { globPattern } from '../../../src/discovery/glob.ts';

test.each<[string, string[], string[]]>([
  ['*.tf', ['main.tf', '.tf'], ['mainxtf', 'modules/main.tf', 'main.tfx']],
  ['prod/**', ['prod/vpc', 'prod/a/b'], ['prod', 'test/prod/vpc']],
  ['**/vpc', ['vpc', 'prod/vpc', 'prod/a/vpc'], ['prod/vpc/a', 'myvpc']],
  ['{app,db}-?', ['app-1', 'db-2'], ['app-', 'app,db-1', 'app-/']],
  ['a+(b)', ['a+(b)'], ['aab', 'ab']],
])('%s matches what it says, from beginning to end', (pattern, matching, others) => {
  const matches = (path: string) => globPattern(pattern).test(path);
  expect(matching.filter((path) => !matches(path))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});
