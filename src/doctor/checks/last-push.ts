/** How the last build that enqueued a push ended: where it failed, or is long ago, pushes may have been missed. */
import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsForProjectCommand } from '@aws-sdk/client-codebuild';
import { type Check, right, unknown, wrong } from '../check.ts';

export const lastPush: Check = {
  name: 'last push',
  async look({ client, names }) {
    const codeBuild = await client(CodeBuildClient);
    const { ids = [] } = await codeBuild.send(
      new ListBuildsForProjectCommand({ projectName: names.enqueue, sortOrder: 'DESCENDING' }),
    );
    if (ids.length === 0) return unknown('nothing has been pushed yet: the first push tells whether GitHub is heard');
    const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids: ids.slice(0, 1) }));
    const { buildStatus, startTime, sourceVersion = '', logs } = builds[0] ?? {};
    const when = startTime?.toISOString() ?? 'at an unknown time';
    if (buildStatus === 'SUCCEEDED' || buildStatus === 'IN_PROGRESS')
      return right(
        `${sourceVersion || 'a push'}, ${when}: ${buildStatus === 'SUCCEEDED' ? 'enqueued' : 'being enqueued'}`,
      );
    return wrong(
      `the build that was to enqueue ${sourceVersion || 'a push'} ended ${buildStatus} (${when}); its log says why${logs?.deepLink ? `: ${logs.deepLink}` : ''}; then live-ci enqueue --remote`,
    );
  },
};
