import { otherStateInFull, otherStateInWords, otherStateOf } from '../../../src/delivery/other-state.ts';

const stateBefore = 's3 bucket=states key=old';

describe('of a unit whose state is another one now', () => {
  test.each([
    [null, 'what the old one holds stays in it'],
    [0, 'nothing is left in the old one'],
    [1, 'one resource stays in the old one'],
    [14, '14 resources stay in the old one'],
  ])('it is said what stays in the old one: %j', (holds, said) => {
    expect(otherStateInWords({ holds })).toBe(`its state is another one now: ${said}`);
  });

  test('the old one is named, with nothing that moves a cursor', () => {
    expect(otherStateInFull({ before: 'local path=\u001b[2J', holds: 1 })).toMatch(/ \(local path=.\[2J\)$/);
  });

  test('nothing was counted before it was planned, and nothing is said of a plan that goes back', () => {
    expect(otherStateOf({ stateBefore }, 'plan', undefined)).toEqual({ before: stateBefore, holds: null });
    expect(otherStateOf({ stateBefore }, 'plan', { heldBefore: 0 })).toEqual({ before: stateBefore, holds: 0 });
    expect(otherStateOf({ stateBefore }, 'rollback', { heldBefore: 14 })).toBeNull();
    expect(otherStateOf({}, 'plan', { heldBefore: 14 })).toBeNull();
  });
});
