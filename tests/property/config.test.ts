/** Whatever a configuration's text is, checking it answers, and points into the text. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { checkConfig } from '../../src/config/check.ts';
import { settingNames } from '../../src/config/known-keys.ts';
import { parseConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/errors.ts';

const words = [...new Set(settingNames(configSchema).flatMap((name) => name.split('.')))];
const marks = [
  ': ',
  ':\n  ',
  '\n',
  '\n- ',
  '  ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '&a ',
  '*a',
  '!x ',
  '#',
  '|\n',
  '"',
  "'",
  '? ',
  '---\n',
];
const word = fc.constantFrom(...words, '1', 'true', 'null', 'prod/**', 'arn:aws:iam::123456789012:role/a', '__proto__');

/** Text that is nearly a configuration: its words, and what YAML is made of. */
const nearly = fc
  .array(fc.oneof(word, fc.constantFrom(...marks), fc.string({ maxLength: 3 })), { maxLength: 40 })
  .map((parts) => parts.join(''));

/** Known names over values of any kind, as YAML or JSON. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(0, 1, 5, 3600, true, null, '', 'a', 'include', 'ada@example.org', 'arn:aws:iam::1:role/a'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(word, tie('any'), { maxKeys: 4 }),
  ),
})).any;
const settings = fc.dictionary(fc.constantFrom(...Object.keys(configSchema.shape)), value, { maxKeys: 4 });
const written = settings.chain((one) =>
  fc.constantFrom(JSON.stringify(one), JSON.stringify(one, null, 1), stringify(one)),
);

test('any text is either a configuration or is refused with places that are in it', () => {
  fc.assert(
    fc.property(fc.oneof(nearly, written, fc.string()), (text) => {
      const lines = text.split(/\r\n|\r|\n/);
      for (const { line, column } of placesIn(text)) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1] as string).length + 1);
      }
    }),
    { numRuns: 2000 },
  );
});

test('what is right as a text is right as an object, and the same', () => {
  fc.assert(
    fc.property(settings, (said) => {
      const read = (action: () => unknown) => {
        try {
          return action();
        } catch (error) {
          return error instanceof ConfigError ? 'refused' : error;
        }
      };
      expect(read(() => parseConfig(JSON.stringify(said), 'text'))).toEqual(read(() => checkConfig(said, 'object')));
    }),
  );
});

test('lists a thousand deep are refused, not followed', () => {
  expect(placesIn('['.repeat(5000)).length).toBeGreaterThan(0);
});

/** Where the mistakes are; none for a configuration. */
function placesIn(text: string): { line: number; column: number }[] {
  try {
    parseConfig(text, 'config');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.split('\n').filter((line) => !/^and \d+ more$/.test(line));
    const places = [...error.message.matchAll(/^config:(\d+):(\d+): ./gm)];
    expect(places.length).toBeGreaterThan(0);
    expect(places.length).toBeLessThanOrEqual(lines.length);
    return places.map(([, line, column]) => ({ line: Number(line), column: Number(column) }));
  }
}
