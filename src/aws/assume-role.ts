/** STS AssumeRole. Here the parts of its answer that are always there are parsed. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import * as z from 'zod';
import type { AssumeRole } from '../runner/assumed-role.ts';

const answerSchema = z.object({
  Credentials: z.object({
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    SessionToken: z.string(),
    Expiration: z.date(),
  }),
});

/** For an hour, the default, which is the most that a role gets who assumes another one. */
export function assumeRoleWith(client: STSClient): AssumeRole {
  return async (RoleArn, RoleSessionName) => {
    const answer = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answerSchema.parse(answer).Credentials;
    return { AccessKeyId, SecretAccessKey, Token: SessionToken, Expiration: Expiration.toISOString() };
  };
}
