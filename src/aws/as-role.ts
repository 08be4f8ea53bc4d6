/** Credentials of another role, as the environment variables that every AWS tool reads. */
import { RunError } from '../errors.ts';
import { assumeRoleWith } from './assume-role.ts';
import { sts } from './clients.ts';

/**
 * @param session names the caller in the other account's CloudTrail.
 * @throws RunError when this process may not assume the role.
 */
export async function asRole(role: string, session: string): Promise<Record<string, string>> {
  try {
    const { AccessKeyId, SecretAccessKey, Token } = await assumeRoleWith(sts())(role, session);
    return { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, AWS_SESSION_TOKEN: Token };
  } catch (error) {
    throw new RunError(`The role ${role} can't be assumed; check its trust policy and who may assume it.`, {
      cause: error,
    });
  }
}
