/**
 * A role that a build assumes for the tool of a unit, mostly in another account.
 *
 * A role that is assumed by a role lasts for an hour (IAM guide, role chaining), and an apply may take longer. So the tool gets no keys
 * but an address on this machine that gives some out, as in a container (SDK reference, container credential provider): Terraform, its
 * backends and its providers ask there again before their keys expire, and the build assumes the role again. The build's own keys, with
 * which it writes to the artifact bucket, are not in the tool's environment.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, RunError } from '../errors.ts';

/** Keys as the SDKs read them. */
export interface RoleKeys {
  AccessKeyId: string;
  SecretAccessKey: string;
  Token: string;
  /** ISO 8601. */
  Expiration: string;
}

/** STS AssumeRole: the ARN of a role, and what CloudTrail calls the session. */
export type AssumeRole = (role: string, session: string) => Promise<RoleKeys>;

export interface AssumedRole extends AsyncDisposable {
  /** The variables of `environment` for a tool that has this role and no other. */
  environmentFrom(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
}

/** Boto3 wants new keys the earliest of all SDKs: fifteen minutes before the old ones expire. */
const renewedBefore = 16 * 60_000;

/** @throws RunError when the role can't be assumed */
export async function assumeForTool(role: string, session: string, assume: AssumeRole): Promise<AssumedRole> {
  let keys = await assume(role, session).catch((error) => {
    throw new RunError(
      `the build could not assume ${role}: ${messageOf(error).replace(/\.$/, '')}; let the role's trust policy name the build's role (docs/environments.md).`,
      { cause: error },
    );
  });
  const password = randomBytes(32).toString('base64url');
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== password) return answer(403, { code: 'Forbidden', message: 'wrong token' });
    try {
      if (Date.parse(keys.Expiration) - Date.now() < renewedBefore) keys = await assume(role, session);
      answer(200, keys);
    } catch (error) {
      answer(500, { code: 'AssumeRole', message: messageOf(error) });
    }
  });
  const port = await listening(server);
  return {
    environmentFrom: (environment) => ({
      ...Object.fromEntries(Object.entries(environment).filter(([name]) => !leadsToKeys.test(name))),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: password,
      // These go before a container's address.
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    }),
    [Symbol.asyncDispose]: () => closed(server),
  };
}

/** The SDKs' variables by which a tool would find other keys. */
const leadsToKeys =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|CREDENTIAL_EXPIRATION|(DEFAULT_)?PROFILE|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*)$/;

/** Tells delivery and unit in CloudTrail: at most 64 letters, digits and `+=,.@_-` (STS API reference); of a long path its end. */
export function sessionName(delivery: string, path: string): string {
  const head = `${delivery}@`;
  return head + path.replaceAll(/[^\w+=,.@-]/g, '.').slice(head.length - 64);
}

function listening(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}

function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  return promise;
}
