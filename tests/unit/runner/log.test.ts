import fc from 'fast-check';
import { RunLog } from '../../../src/runner/log.ts';

const secret = 'ghp_secret';

test('a secret is shown nowhere, however it is cut into pieces, and nothing else is lost', () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom(secret, 'ghp_', 'ghp', 'secret', '\n', 'g'), fc.string()));
  fc.assert(
    fc.property(pieces, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), (parts, lengths) => {
      const text = parts.join('');
      const shown: string[] = [];
      const log = new RunLog((said) => shown.push(said), [secret]);
      for (let at = 0; at < text.length; ) {
        const { value } = lengths.next();
        log.write(text.slice(at, at + value));
        at += value;
      }
      expect(log.text).toBe(text.replaceAll(secret, '***'));
      expect(log.text.startsWith(shown.join(''))).toBe(true);
      log.write('\n');
      expect(shown.join('')).toBe(log.text);
    }),
  );
});
