import fc from 'fast-check';
import { Redaction } from '../../../src/redaction/redaction.ts';
import { RunLog } from '../../../src/runner/log.ts';
import { cut, pieceLengths } from '../../support/cut.ts';

const secret = 'ghp_secret';
const redaction = new Redaction({ values: [secret], patterns: ['pin [0-9]{4}'], privateKeys: true });

/** A log, and what it has shown. */
function logged() {
  const shown: string[] = [];
  return { log: new RunLog((said) => shown.push(said), redaction), shown: () => shown.join('') };
}

test('a secret is shown nowhere, however it is cut into pieces, and nothing else is lost', () => {
  const part = fc.constantFrom(
    secret,
    'ghp_',
    'ghp',
    'secret',
    '\n',
    '\r\n',
    '\r',
    'g',
    'pin 1234',
    'pin',
    '\u001b[1m',
  );
  const parts = fc.array(fc.oneof(part, fc.string()));
  fc.assert(
    fc.property(parts, pieceLengths, (words, lengths) => {
      const text = words.join('');
      const { log, shown } = logged();
      for (const piece of cut(text, lengths)) log.write(piece);
      log.note('done');
      const break_ = text === '' || /[\r\n]$/.test(text) ? '' : '\n';
      expect(log.text).toBe(`${redaction.clean(text)}${break_}[live-ci] done\n`);
      expect(shown()).toBe(log.text);
    }),
  );
});

test('a line is shown as soon as it ends, and so is each step of a progress', () => {
  const { log, shown } = logged();
  log.write('10 %\r20 %\r30');
  expect(shown()).toBe('10 %\r20 %\r');
  log.write(' %\nnext');
  expect(shown()).toBe('10 %\r20 %\r30 %\n');
});

test('a note begins a line of its own, and has no secret either', () => {
  const { log, shown } = logged();
  log.write('no end of line');
  log.note(`commands.plan: plan --token ${secret}`);
  expect(shown()).toBe('no end of line\n[live-ci] commands.plan: plan --token ***\n');
});
