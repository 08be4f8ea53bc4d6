/**
 * Where this program keeps what is its own: in the user's folders (XDG Base Directory Specification), never in a checkout, whose files are
 * somebody else's.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The directory for one kind of things that can be made again. */
export function userCache(environment: NodeJS.ProcessEnv, kind: string): string {
  return join(own(environment.XDG_CACHE_HOME, '.cache'), 'live-ci', kind);
}

/** The directory for one kind of things that must last. */
export function userState(environment: NodeJS.ProcessEnv, kind: string): string {
  return join(own(environment.XDG_STATE_HOME, join('.local', 'state')), 'live-ci', kind);
}

/** A relative path would be one of the checkout in which the command is typed; the specification ignores it, too. */
function own(named: string | undefined, usual: string): string {
  return named && isAbsolute(named) ? named : join(homedir(), usual);
}
