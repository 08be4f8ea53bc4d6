/** Which builds are given the GitHub token. Pure. */
import type { Config } from '../config/schema.ts';
import type { Kind } from './build-permissions.ts';

type Variable = Config['build']['environmentVariables'][number];

/**
 * Those that enqueue, where there is a token: they open pull requests, and run no unit's code. Plans and applies only where it is set, since the
 * code that they run can read it.
 */
export function tokenVariables({ github: { token } }: Config, kind: Kind | 'enqueue'): Variable[] {
  if (token.parameter === null || (kind !== 'enqueue' && !token.modules)) return [];
  return [{ name: 'LIVE_CI_GITHUB_TOKEN', value: token.parameter, type: 'PARAMETER_STORE' }];
}
