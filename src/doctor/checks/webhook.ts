/** GitHub tells CodeBuild of pushes by a webhook, which the project `enqueue` has (CodeBuild API: Webhook). */
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { type Check, right, wrong } from '../check.ts';

export const webhook: Check = {
  name: 'webhook',
  async look({ client, names, config }) {
    const codeBuild = await client(CodeBuildClient);
    const { projects = [] } = await codeBuild.send(new BatchGetProjectsCommand({ names: [names.enqueue] }));
    const [project] = projects;
    if (project === undefined)
      return wrong(`there is no project ${names.enqueue}: nothing that is pushed is enqueued; deploy again`);
    const hook = project.webhook;
    if (hook === undefined)
      return wrong(
        `${names.enqueue} has no webhook: nothing that is pushed is enqueued; deploy again, with credentials of GitHub that may make it (docs/github.md)`,
      );
    if (hook.status !== undefined && hook.status !== 'ACTIVE')
      return wrong(`the webhook is ${hook.status}: ${hook.statusMessage ?? 'CodeBuild says no more'}; deploy again`);
    return right(`${names.enqueue} hears of ${config.repository}`);
  },
};
