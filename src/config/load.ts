/** Reads the configuration; a mistake is answered with its place and, for a key, the nearest known one. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { ConfigError, messageOf } from '../errors.ts';
import { nearest } from './nearest.ts';
import { type Config, configSchema } from './schema.ts';

export const configFile = 'live-ci.config.yml';

/**
 * The configuration that `LIVE_CI_CONFIG` names (a file, or the settings themselves as JSON), else the one in
 * `directory`, else the defaults.
 * @throws ConfigError
 */
export function loadConfig(directory: string, environment: NodeJS.ProcessEnv = process.env): Config {
  const given = environment.LIVE_CI_CONFIG;
  if (given?.trimStart().startsWith('{')) return parseConfig(given, 'LIVE_CI_CONFIG');
  if (given && !existsSync(given)) {
    throw new ConfigError(
      `LIVE_CI_CONFIG names ${given}, which does not exist; set it to a configuration file or unset it.`,
    );
  }
  const file = given ?? `${directory}/${configFile}`;
  return existsSync(file) ? parseConfig(readFileSync(file, 'utf8'), file) : configSchema.parse({});
}

/** @throws ConfigError with the place in `origin` and what to write instead. */
export function parseConfig(text: string, origin: string): Config {
  let settings: unknown;
  try {
    settings = parse(text) ?? {};
  } catch (error) {
    throw new ConfigError(`${origin} is not valid YAML: ${messageOf(error)}`, { cause: error });
  }
  return checkConfig(settings, origin);
}

/** @throws ConfigError */
export function checkConfig(settings: unknown, origin: string): Config {
  const result = configSchema.safeParse(settings);
  if (result.success) return result.data;
  throw new ConfigError(`${origin}: ${result.error.issues.map(explain).join('; ')}.`);
}

function explain(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.');
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
