/** A configuration for tests: the defaults, but for what a test is about. */
import { type Config, configSchema } from '../../src/config/schema.ts';

export function configWith(settings: Partial<Config> = {}): Config {
  return configSchema.parse(settings);
}
