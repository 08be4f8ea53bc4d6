/** What a build hides: as the configuration says, with the values of its environment. */
import type { Config } from '../config/schema.ts';
import { globPattern } from '../discovery/glob.ts';
import { secretsOf } from '../repository/credentials.ts';
import { builtInPatterns } from './built-in.ts';
import { Redaction } from './redaction.ts';

/** A shorter value stands in too much that is no secret. */
const shortest = 6;

export function redactionOf(
  { redaction, build }: Pick<Config, 'redaction' | 'build'>,
  environment: NodeJS.ProcessEnv,
): Redaction {
  const named = redaction.variables.map((name) => globPattern(name.toUpperCase()));
  const referenced = new Set(
    build.environmentVariables.filter(({ type }) => type !== 'PLAINTEXT').map(({ name }) => name),
  );
  const values = Object.entries(environment)
    .filter(([name]) => referenced.has(name) || named.some((pattern) => pattern.test(name.toUpperCase())))
    .flatMap(([, value]) => formsOf(value ?? ''));
  return new Redaction({
    values: [...new Set([...secretsOf(environment), ...values])],
    patterns: [...(redaction.builtIn ? Object.values(builtInPatterns) : []), ...redaction.patterns],
    privateKeys: redaction.builtIn,
  });
}

/** As it is, as a quoted text has it, and of several lines each. */
function formsOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim());
  return [...lines, ...lines.map(inQuotes), inQuotes(value)].filter((form) => form.length >= shortest);
}

function inQuotes(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
