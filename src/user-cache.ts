/** Where this program keeps what it can make again. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The directory for one kind of things in the user's cache. */
export function userCache(environment: NodeJS.ProcessEnv, kind: string): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'live-ci', kind);
}
