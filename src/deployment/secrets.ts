/**
 * Secrets are parameters in Parameter Store, which the deployment writes itself: a template would show them to everybody who may look at
 * the stack. Nothing here says a secret, in a message or in an error.
 */
import { DeleteParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ensureSigningKey } from '../approval/signing-key.ts';
import { SecureParameter } from '../aws/parameter.ts';
import { UsageError } from '../errors.ts';
import { deployedOutputs } from './stack.ts';
import type { Target } from './target.ts';

/** Where whoever deploys gives a new GitHub token. */
export const tokenVariable = 'LIVE_CI_GITHUB_TOKEN';

/** The token that is given for this deployment; undefined when none is. @throws UsageError when it has nowhere to go. */
export function givenToken({ config }: Target, environment: NodeJS.ProcessEnv): string | undefined {
  const token = environment[tokenVariable]?.trim();
  if (!token) return undefined;
  if (config.github.token.parameter === null)
    throw new UsageError(
      `${tokenVariable} is set, and the configuration names no parameter to keep it in; set github.token.parameter, or unset the variable.`,
    );
  return token;
}

/** Makes the key that signs links, where there is none yet, and puts a new GitHub token into its parameter, where one is given. */
export async function writeSecrets(target: Target, environment: NodeJS.ProcessEnv, now: Date): Promise<void> {
  const { config, names, say, client } = target;
  const token = givenToken(target, environment);
  const ssm = await client(SSMClient);
  const kmsKeyArn = (await deployedOutputs(target))?.LIVE_CI_KEY_ARN || config.kmsKeyArn;
  const parameter = (name: string, { description, tags }: { description: string; tags: Record<string, string> }) =>
    new SecureParameter(ssm, { name, description, tags: { ...config.tags, ...tags }, kmsKeyArn });
  if (config.approvals.page.enabled) {
    const made = await ensureSigningKey(parameter(names.signingKey, config.approvals.signingKey), now);
    if (made) say(`The key that signs links is made: the parameter ${names.signingKey}.`);
  }
  const { token: where } = config.github;
  if (token !== undefined && where.parameter !== null) {
    await parameter(where.parameter, where).replace(token);
    say(`The GitHub token is written to the parameter ${where.parameter}.`);
  }
}

/** Takes away the signing key that the deployment has made: links lead nowhere once the page is gone. A parameter with a name of yours stays. */
export async function removeSigningKey({ config, names, client, say }: Target): Promise<void> {
  if (config.approvals.signingKey.parameter !== null) return;
  const ssm = await client(SSMClient);
  try {
    await ssm.send(new DeleteParameterCommand({ Name: names.signingKey }));
    say(`The key that signed links is removed: the parameter ${names.signingKey}.`);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ParameterNotFound')) throw error;
  }
}
