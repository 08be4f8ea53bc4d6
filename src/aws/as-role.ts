/** Credentials of another role, as the environment variables that every AWS tool reads. */
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { RunError } from '../errors.ts';
import { sts } from './clients.ts';

/**
 * @param session names the caller in the other account's CloudTrail.
 * @throws RunError when this process may not assume the role.
 */
export async function asRole(role: string, session: string): Promise<Record<string, string>> {
  try {
    const { Credentials } = await sts().send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: session }));
    return {
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    };
  } catch (error) {
    throw new RunError(`The role ${role} can't be assumed; check its trust policy and who may assume it.`, {
      cause: error,
    });
  }
}
