/**
 * What the GitHub token may do, as far as GitHub tells without writing anything (REST API: "Get a repository", "List repository webhooks",
 * "List commit statuses for a reference").
 */
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { tokenVariable } from '../../deployment/secrets.ts';
import type { Target } from '../../deployment/target.ts';
import { answerOf, type GitHub, gitHubOf } from '../../repository/pull-request.ts';
import { type Check, type Finding, right, unknown, wrong } from '../check.ts';

/** Each with what it is for, when GitHub refuses to show it. */
const needed = [
  { path: '', permission: 'Contents: read and write', use: 'builds clone the repository with it' },
  { path: 'hooks', permission: 'Webhooks: read and write', use: 'the deployment makes the webhook with it' },
  {
    path: 'commits/HEAD/statuses',
    permission: 'Commit statuses: read and write',
    use: 'builds report their status with it',
  },
  {
    path: 'pulls',
    permission: 'Pull requests: read and write',
    use: 'what could not be delivered is proposed with it',
  },
];

export const tokenOfGitHub: Check = {
  name: 'GitHub token',
  async look(target) {
    const { repository, github } = target.config;
    if (github.token.secretArn !== null)
      return unknown(`it is in the secret ${github.token.secretArn}, which is not read here`);
    if (github.token.parameter === null) return right('none is named: pull requests are not opened');
    const token = process.env[tokenVariable] ?? (await storedToken(github.token.parameter, target));
    if (token === undefined) return unknown(`there is no parameter ${github.token.parameter} to read it from yet`);
    const reached = gitHubOf(repository, { ...process.env, [tokenVariable]: token });
    if (reached === undefined) return unknown(`${repository} is no repository of GitHub`);
    const found = [...new Set((await Promise.all(needed.map((one) => judge(one, reached)))).flat())];
    return found.length > 0
      ? found
      : right(`it reaches ${repository}, its webhooks, commit statuses and pull requests`);
  },
};

const revoked = wrong('GitHub does not know it: it has expired, or was revoked; deploy with a new one');

async function judge({ path, permission, use }: (typeof needed)[number], github: GitHub): Promise<Finding[]> {
  const { status, text } = await answerOf(github, 'GET', path);
  if (status === 200) return [];
  if (status === 401) return [revoked];
  if (status === 403 || status === 404)
    return [wrong(`it lacks "${permission}" on ${github.repository} (${use}); give it that (docs/github.md)`)];
  return [unknown(`GitHub answered ${status}: ${text.slice(0, 200)}`)];
}

async function storedToken(Name: string, { client }: Target): Promise<string | undefined> {
  const ssm = await client(SSMClient);
  try {
    return (await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value;
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}
