import { root } from '../../support/docs.ts';
import { testNames, testsNamedIn } from '../../support/test-names.ts';

test('docs/deploy.md names tests that there are', () => {
  const named = testsNamedIn(`${root}/docs/deploy.md`);
  expect(named.length).toBeGreaterThan(10);
  const there = testNames(`${root}/tests`);
  expect(named.filter((name) => !there.has(name))).toEqual([]);
});
