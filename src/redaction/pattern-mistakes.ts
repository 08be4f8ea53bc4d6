/** What is wrong with the patterns of a configuration. Apart from its other rules, since the Lambdas never use a pattern and need no RE2. */
import { RE2JS } from 're2js';
import type { Mistake } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import { messageOf } from '../errors.ts';

export function patternMistakes({ redaction: { patterns } }: Config): Mistake[] {
  return patterns.flatMap((pattern, index) => {
    const wrong = whatIsWrong(pattern);
    const path = ['redaction', 'patterns', index];
    return wrong === undefined ? [] : [{ path, message: `${path.join('.')}: ${wrong}` }];
  });
}

function whatIsWrong(pattern: string): string | undefined {
  try {
    if (RE2JS.compile(pattern).test('')) return 'matches the empty text, and would hide nothing; ask for a character';
  } catch (error) {
    return `is no regular expression of RE2 (${messageOf(error).replace('error parsing regexp: ', '')}), which has no lookarounds and no references back`;
  }
  return undefined;
}
