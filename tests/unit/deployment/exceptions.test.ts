import { judge, readExceptions } from '../../lint/exceptions.ts';

const found = (rule: string, resource: string) => ({ rule, resource, message: 'is not as it should be' });
const reason = 'is meant to be so, for this long reason';

test('what a linter finds is refused, unless an exception names its rule and its resource', () => {
  const findings = [found('A1', 'Queue'), found('A1', 'Topic'), found('B2', 'Queue')];
  const exceptions = [{ rule: 'A1', resources: ['Queue'], reason }];
  expect(judge(findings, exceptions)).toEqual({ refused: findings.slice(1), unneeded: [] });
  expect(
    judge(findings, [
      { rule: 'A1', reason },
      { rule: 'B2', reason },
    ]).refused,
  ).toEqual([]);
});

test('an exception that nothing needs any more is told', () => {
  const exceptions = [
    { rule: 'A1', resources: ['Queue', 'Topic'], reason },
    { rule: 'B2', reason },
  ];
  expect(judge([found('A1', 'Queue')], exceptions).unneeded).toEqual([
    { rule: 'A1', resource: 'Topic' },
    { rule: 'B2' },
  ]);
});

test('an exception needs a reason', () => {
  expect(() => readExceptions('[{rule: A1}]')).toThrow(/reason/);
});
