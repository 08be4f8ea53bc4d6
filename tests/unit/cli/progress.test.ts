import { PassThrough } from 'node:stream';
import { jest } from '@jest/globals';
import { progressLine } from '../../../src/cli/progress.ts';

/** What is written to a terminal, or to something else, when a step is done at each of these times. */
function written(isTTY: boolean, milliseconds: readonly number[]): string {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough;
  jest.useFakeTimers({ now: 0 });
  try {
    const line = progressLine('units', stream);
    milliseconds.forEach((time, index) => {
      jest.setSystemTime(time);
      line.show(index + 1, milliseconds.length);
    });
    line.clear();
  } finally {
    jest.useRealTimers();
  }
  return String(stream.read() ?? '');
}

describe('the line of progress', () => {
  test('is not there for what takes less than a second', () => {
    expect(written(true, [10, 500, 999])).toBe('');
  });

  test('is there after a second, renewed ten times in a second, and gone in the end', () => {
    expect(written(true, [10, 1000, 1050, 1100])).toBe(
      '\r\u001b[Kreading units: 2 of 4\r\u001b[Kreading units: 4 of 4\r\u001b[K',
    );
  });

  test('is not there where nobody looks', () => {
    expect(written(false, [10, 1000, 2000])).toBe('');
  });
});
