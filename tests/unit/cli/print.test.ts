import { planOnTerminal, table } from '../../../src/cli/print.ts';
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
    expect(plain('prod/vpc ünïcode …')).toBe('prod/vpc ünïcode …');
  });

  test('keeps its lines and tabs where it has several', () => {
    expect(withoutControl('a\n\tb\u001b[31mc\r\u0007\n')).toBe('a\n\tb[31mc\n');
  });
});

test('a plan is told with its signs, none left out', () => {
  expect(planOnTerminal({ counts: { ...noEffects, add: 1, destroy: 12 } })).toBe('+1 ~0 -12');
});
