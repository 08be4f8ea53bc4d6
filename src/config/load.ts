/** Reads the configuration from the file that it is written in. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import { patternMistakes } from '../redaction/pattern-mistakes.ts';
import { checkConfig, type Mistake, type Place } from './check.ts';
import type { Config } from './schema.ts';
import { readText } from './text.ts';

export const configFile = 'live-ci.config.yml';

export interface ReadConfig {
  /** What is written, without the defaults. */
  said: unknown;
  config: Config;
  /** The file, or the variable of the environment. */
  origin: string;
  placeOf(mistake: Mistake): Place;
}

/**
 * The configuration that `LIVE_CI_CONFIG` names (a file, or the settings themselves as JSON), else the one in
 * `directory`, else the defaults.
 * @throws ConfigError
 */
export function readConfig(directory: string, environment: NodeJS.ProcessEnv = process.env): ReadConfig {
  const given = environment.LIVE_CI_CONFIG;
  if (given?.trimStart().startsWith('{')) return readSettings(given, 'LIVE_CI_CONFIG');
  if (given && !existsSync(given)) {
    throw new ConfigError(
      `LIVE_CI_CONFIG names ${given}, which does not exist; set it to a configuration file or unset it.`,
    );
  }
  const file = given ?? join(directory, configFile);
  return existsSync(file) ? readSettings(readFileSync(file, 'utf8'), file) : readSettings('', file);
}

/** @throws ConfigError */
export function loadConfig(directory: string, environment?: NodeJS.ProcessEnv): Config {
  return readConfig(directory, environment).config;
}

/** @throws ConfigError with the place in `origin` and what to write instead. */
export function parseConfig(text: string, origin: string): Config {
  return readSettings(text, origin).config;
}

/** @throws ConfigError with the place in `origin` and what to write instead. */
export function readSettings(text: string, origin: string): ReadConfig {
  const { said, placeOf } = readText(text, origin);
  return { said, config: checkConfig(said, origin, placeOf, patternMistakes), origin, placeOf };
}
