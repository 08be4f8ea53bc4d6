/**
 * CodeBuild needs credentials for GitHub before a project can have a webhook: a connection, or a token that is CodeBuild's for the
 * whole account and region.
 */
import {
  CodeBuildClient,
  ImportSourceCredentialsCommand,
  ListSourceCredentialsCommand,
} from '@aws-sdk/client-codebuild';
import { sourceAuth } from './github-token.ts';
import { givenToken } from './secrets.ts';
import type { Target, Template } from './target.ts';

/**
 * Gives CodeBuild the GitHub token of this deployment. Credentials that somebody connected in the console stay: they serve other
 * projects, too, and this one's webhook as well.
 */
export async function importToken(template: Template, target: Target, environment: NodeJS.ProcessEnv): Promise<void> {
  const { config, client, say, region } = target;
  const token = givenToken(target, environment);
  const projects = Object.values(template.Resources).some(({ Type }) => Type === 'AWS::CodeBuild::Project');
  if (token === undefined || sourceAuth(config) !== null || !projects) return;
  const codeBuild = await client(CodeBuildClient);
  const { sourceCredentialsInfos = [] } = await codeBuild.send(new ListSourceCredentialsCommand({}));
  const present = sourceCredentialsInfos.find(({ serverType }) => serverType === 'GITHUB');
  if (present && present.authType !== 'PERSONAL_ACCESS_TOKEN') {
    say(`CodeBuild is connected to GitHub already (${present.authType}), and stays so.`);
    return;
  }
  await codeBuild.send(
    new ImportSourceCredentialsCommand({
      serverType: 'GITHUB',
      authType: 'PERSONAL_ACCESS_TOKEN',
      token,
      shouldOverwrite: true,
    }),
  );
  say(`CodeBuild reaches GitHub with this token now, for all projects of the account in ${region}.`);
}
