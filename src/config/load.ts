/** Reads the configuration from the file that it is written in. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigError, messageOf } from '../errors.ts';
import { checkConfig } from './check.ts';
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
