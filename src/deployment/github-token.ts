/** Which builds are given the GitHub token. Pure. */
import type { Config } from '../config/schema.ts';
import type { Kind } from './build-permissions.ts';

type Variable = Config['build']['environmentVariables'][number];

/**
 * Those that enqueue, where there is a token: they open pull requests, and run no unit's code. Plans and applies only where it is set, since the
 * code that they run can read it.
 */
export function tokenVariables({ github: { token } }: Config, kind: Kind | 'enqueue'): Variable[] {
  if (kind !== 'enqueue' && !token.modules) return [];
  const name = 'LIVE_CI_GITHUB_TOKEN';
  if (token.secretArn !== null) return [{ name, value: `${token.secretArn}:Token`, type: 'SECRETS_MANAGER' }];
  return token.parameter === null ? [] : [{ name, value: token.parameter, type: 'PARAMETER_STORE' }];
}

/** With which every project clones; null: those that CodeBuild has in the account (CodeBuild API, SourceAuth). */
export function sourceAuth({ github: { connectionArn, token } }: Config) {
  if (connectionArn !== null) return { Type: 'CODECONNECTIONS', Resource: connectionArn };
  return token.secretArn === null ? null : { Type: 'SECRETS_MANAGER', Resource: token.secretArn };
}
