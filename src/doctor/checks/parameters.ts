/** Parameters and secrets that builds are given must be there: CodeBuild looks them up before a build begins, and fails it without one. */
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { signedCall } from '../../aws/signed-call.ts';
import type { Config } from '../../config/schema.ts';
import { secretId } from '../../deployment/secret-permissions.ts';
import { tokenVariable } from '../../deployment/secrets.ts';
import type { Target } from '../../deployment/target.ts';
import { type Check, type Finding, right, wrong } from '../check.ts';

export const parameters: Check = {
  name: 'parameters and secrets',
  ofAws: true,
  async look(target) {
    const { github, build } = target.config;
    const named = (type: string) =>
      build.environmentVariables.filter((one) => one.type === type).map(({ value }) => value);
    const ofGitHub = github.token.secretArn === null ? [] : [github.token.secretArn];
    const [ofBuilds, secrets] = [named('PARAMETER_STORE'), named('SECRETS_MANAGER').map(secretId)];
    const notThere = 'make it, or take it out of build.environmentVariables';
    const found = [
      ...(await tokenIsThere(github, target)),
      ...(await missing(ofBuilds, isParameter, target, (name) => `there is no parameter ${name}; ${notThere}`)),
      ...(await missing(secrets, isSecret, target, (id) => `there is no secret ${id}; ${notThere}`)),
      ...(await missing(
        ofGitHub,
        isSecret,
        target,
        (id) =>
          `there is no secret ${id} with the GitHub token, and no build begins without it; make it (docs/github.md)`,
      )),
    ];
    const all = ofBuilds.length + secrets.length + ofGitHub.length + (github.token.parameter === null ? 0 : 1);
    return found.length > 0
      ? found
      : right(all === 0 ? 'none are named' : `all ${all} that builds are given are there`);
  },
};

/** A deployment writes the token itself when it is given one. */
async function tokenIsThere({ token: { parameter } }: Config['github'], target: Target): Promise<Finding[]> {
  if (parameter === null || process.env[tokenVariable] || (await isParameter(parameter, target))) return [];
  return [
    wrong(
      `there is no parameter ${parameter} with the GitHub token, and no build begins without it; deploy with ${tokenVariable} set, or put the token there`,
    ),
  ];
}

async function missing(
  names: readonly string[],
  isThere: (name: string, target: Target) => Promise<boolean>,
  target: Target,
  says: (name: string) => string,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const name of new Set(names)) if (!(await isThere(name, target))) found.push(wrong(says(name)));
  return found;
}

/** Without reading its value. */
async function isParameter(name: string, { client }: Target): Promise<boolean> {
  const ssm = await client(SSMClient);
  const filter = { Key: 'Name', Option: 'Equals', Values: [name] };
  const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter] }));
  return Parameters.length > 0;
}

async function isSecret(id: string, target: Target): Promise<boolean> {
  try {
    const call = {
      service: 'secretsmanager',
      target: 'secretsmanager.DescribeSecret',
      json: '1.1',
      region: target.region,
    } as const;
    await signedCall(call, { SecretId: id }, target);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return false;
    throw error;
  }
}
