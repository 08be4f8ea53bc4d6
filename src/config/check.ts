/** Checks the configuration; a mistake is answered with its place and, for a key, the nearest known one. */
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { nearest } from './nearest.ts';
import { type Config, configSchema } from './schema.ts';

/** @throws ConfigError */
export function checkConfig(settings: unknown, origin: string): Config {
  const result = configSchema.safeParse(settings);
  if (result.success) return result.data;
  throw new ConfigError(`${origin}: ${result.error.issues.map(explain).join('; ')}.`);
}

function explain(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.');
  if (issue.code === 'invalid_key') return `"${place}" ${issue.issues.map(({ message }) => message).join('; ')}`;
  if (issue.code !== 'unrecognized_keys') return `${place || 'the file'}: ${issue.message}`;
  const known = knownKeys(issue.path);
  return issue.keys
    .map((key) => {
      const suggestion = nearest(key, known);
      const name = [...issue.path, key].join('.');
      return `unknown setting "${name}"${suggestion ? `, did you mean "${suggestion}"?` : `, known are ${known.join(', ')}`}`;
    })
    .join('; ');
}

function knownKeys(path: PropertyKey[]): string[] {
  const whole = configSchema.parse({}) as Record<PropertyKey, unknown>;
  const at = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], whole);
  return Object.keys((at as object | undefined) ?? {});
}
