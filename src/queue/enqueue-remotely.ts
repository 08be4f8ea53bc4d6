/** Lets the CodeBuild project `enqueue` do it, as the webhook would: for a commit whose build failed, or never came. */
import { type CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { DeliveryError } from '../errors.ts';

/**
 * @param revision a commit id or a branch; CodeBuild resolves it on GitHub.
 * @returns the build's id.
 * @throws DeliveryError when CodeBuild starts none.
 */
export async function enqueueRemotely(client: CodeBuildClient, project: string, revision: string): Promise<string> {
  const { build } = await client.send(new StartBuildCommand({ projectName: project, sourceVersion: revision }));
  if (build?.id) return build.id;
  throw new DeliveryError(`CodeBuild started no build of ${project}; see the project in its console.`);
}
