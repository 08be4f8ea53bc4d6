import { contradictions, type States, wholeStates } from '../../../src/local/demo/verify.ts';
import type { Outcome } from '../../../src/model.ts';

const states = (inputs: Record<string, string[]>): States =>
  new Map(Object.entries(inputs).map(([path, all]) => [path, Object.fromEntries(all.map((one) => [one, one]))]));
const row = (path: string, outcome: Outcome) => ({ path, outcome });

describe('the states that the demo finds on the disk', () => {
  const before = states({ db: ['table'] });

  test.each<[Outcome, string[], RegExp]>([
    ['applied', ['table'], /^db is applied, but has the same state as before\.$/],
    ['unchanged', ['table', 'index'], /^db is unchanged, but its state is not what it was before\.$/],
    ['rolled-back', ['table', 'index'], /^db is rolled-back, but its state is not what it was before\.$/],
  ])('contradict a unit that is %s with %j', (outcome, after, sentence) => {
    expect(contradictions([row('db', outcome)], before, states({ db: after }))).toEqual([
      expect.stringMatching(sentence),
    ]);
  });

  test('hold a rollback against what was there before the attempt that failed, and the rest against what it left', () => {
    const failed = states({ db: ['table', 'half'], app: ['half'] });
    const whole = wholeStates([row('db', 'failed'), row('app', 'failed')], before, failed);
    const rolledBack = [row('db', 'rolled-back'), row('app', 'rolled-back')];
    expect(contradictions(rolledBack, failed, states({ db: ['table'], app: [] }), whole)).toEqual([]);
    expect(contradictions(rolledBack, failed, failed, whole)).toEqual([
      'db is rolled-back, but its state is not what it was before.',
      'app is rolled-back, but its state still has resources.',
    ]);
    const declined = [row('db', 'declined'), row('app', 'cancelled')];
    expect(contradictions(declined, failed, failed, whole)).toEqual([]);
  });

  test('hold the rollback of what an attempt has applied against that', () => {
    const applied = states({ db: ['table', 'index'] });
    const whole = wholeStates([row('db', 'applied')], before, applied);
    expect(contradictions([row('db', 'rolled-back')], applied, applied, whole)).toEqual([]);
  });
});
