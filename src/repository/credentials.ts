/**
 * A token for git over HTTPS, told to git in its environment alone: arguments can be read by every process of the machine, and files stay.
 *
 * Git asks the helper when the server wants to know who asks, so that what is public needs no token. The helper takes it from the
 * variable; the helpers that the machine has are not asked for this server. SSH addresses of the server become HTTPS ones, since there
 * is no key: that is how modules and submodules are often written.
 */

const helper =
  '!f() { if [ "$1" = get ]; then echo username=x-access-token; echo "password=$LIVE_CI_GITHUB_TOKEN"; fi; }; f';

/**
 * The variables that a git, or a tool that runs git, needs for LIVE_CI_GITHUB_TOKEN on the server of LIVE_CI_REPOSITORY_URL, github.com where
 * there is no such variable. None where there is no token, or where it would cross a network in the clear.
 */
export function gitCredentials(environment: NodeJS.ProcessEnv): Record<string, string> {
  const token = environment.LIVE_CI_GITHUB_TOKEN;
  const server = serverOf(environment.LIVE_CI_REPOSITORY_URL || 'https://github.com');
  if (!token || server === undefined) return {};
  const settings = [
    [`credential.${server.origin}.helper`, ''], // forgets the helpers before it
    [`credential.${server.origin}.helper`, helper],
    [`url.${server.origin}/.insteadOf`, `git@${server.hostname}:`],
    [`url.${server.origin}/.insteadOf`, `ssh://git@${server.hostname}/`],
  ] as const;
  const before = Number(environment.GIT_CONFIG_COUNT ?? 0);
  return {
    LIVE_CI_GITHUB_TOKEN: token,
    GIT_CONFIG_COUNT: String(before + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${before + index}`, key],
        [`GIT_CONFIG_VALUE_${before + index}`, value],
      ]),
    ),
  };
}

/** What must not be shown: the token, and as HTTP writes it. */
export function secretsOf({ LIVE_CI_GITHUB_TOKEN: token }: NodeJS.ProcessEnv): string[] {
  return token ? [token, Buffer.from(`x-access-token:${token}`).toString('base64')] : [];
}

/** Undefined for a server that isn't asked over HTTPS; nobody listens on the way to this machine itself. */
function serverOf(address: string): URL | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === '127.0.0.1');
  return safe ? url : undefined;
}
