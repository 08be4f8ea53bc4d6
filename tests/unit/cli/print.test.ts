import { table } from '../../../src/cli/print.ts';
import { planOnTerminal } from '../../../src/cli/print-plan.ts';
import { noEffects } from '../../../src/model.ts';
import { plain, withoutControl } from '../../../src/plain-text.ts';

describe('a table', () => {
  test('has columns as wide as their widest cell, whatever their colour', () => {
    const red = '\u001b[31mfailed\u001b[39m';
    expect(
      table([
        ['a', red, 'x'],
        ['unité', 'ok', ''],
        ['b', 'ok', 'y'],
      ]),
    ).toBe([`a      ${red}  x`, 'unité  ok', 'b      ok      y'].join('\n'));
  });

  test('without rows is empty', () => {
    expect(table([])).toBe('');
  });
});

describe('what comes from outside', () => {
  test('moves no cursor, hides nothing and turns nothing around', () => {
    expect(plain('a\u001b[2J\nb\u202ec\u009bd\u0007')).toBe('a�[2J�b�c�d�');
    expect(plain('prod/vpc ünïcode … 👩\u200d🔧 עברית')).toBe('prod/vpc ünïcode … 👩\u200d🔧 עברית');
    // Marks of direction, isolates and embeddings; line and paragraph separators; half a character.
    for (const hidden of ['\u061c', '\u200e', '\u200f', '\u202a', '\u2067', '\u2028', '\u2029', '\u0085', '\ud800'])
      expect(plain(`a${hidden}b`)).toBe('a�b');
  });

  test('keeps its lines and tabs where it has several', () => {
    expect(withoutControl('a\n\tb\u001b[31mc\r\u0007\n')).toBe('a\n\tb[31mc\n');
    expect(withoutControl('a\u200e\u061c\u2028b\u202e')).toBe('ab');
  });
});

test('a plan is told with its signs, none left out', () => {
  expect(planOnTerminal({ counts: { ...noEffects, add: 1, destroy: 12 } })).toBe('+1 ~0 -12');
});
