import { summaryOf, tableInDocument, tableOf } from '../support/matrix-table.ts';
import { wholeMatrix } from '../support/whole-matrix.ts';

const tries = await wholeMatrix();
process.stderr.write(`\nThe crash matrix:\n${summaryOf(tries)}\n`);

test('whatever strikes at whichever call, no pushed commit is lost, delivered twice or out of order', () => {
  const lost = tries.filter((one) => one.lost).map((one) => ({ ...one, lost: one.lost?.message }));
  expect(lost).toEqual([]);
  expect(tries.length).toBeGreaterThan(1000);
});

test('docs/reliability.md shows what was tried', () => {
  expect(tableInDocument()).toBe(tableOf(tries));
});
