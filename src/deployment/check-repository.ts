/** A deployment is for somebody's repository: pages, mails and the webhook name it. */
import { nobodysRepository } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import type { Target } from './target.ts';

/** @throws ConfigError when the configuration names none. */
export function checkRepository({ config }: Pick<Target, 'config'>): void {
  if (config.repository !== nobodysRepository) return;
  throw new ConfigError(
    'The configuration names no repository; write repository: OWNER/NAME into it, the live repository on GitHub that is delivered.',
  );
}
