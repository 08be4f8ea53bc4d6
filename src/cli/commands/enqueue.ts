import { codeBuild } from '../../aws/clients.ts';
import { UsageError } from '../../errors.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { enqueueRemotely } from '../../queue/enqueue-remotely.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { connect } from '../connect.ts';
import { print, printJson, printWarning } from '../print.ts';

export async function enqueueCommit(input: CommandInput): Promise<number> {
  const { bucket, queue, config, environment } = await connect(input);
  if (flag(input, 'remote'))
    return enqueueByBuild(text(input, 'head') ?? config.branch, environment.LIVE_CI_ENQUEUE_PROJECT);
  const request = {
    head: text(input, 'head') ?? 'HEAD',
    base: text(input, 'base') || undefined,
    ref: text(input, 'ref') || undefined,
  };
  const result = await enqueue(input.positionals[0] ?? '.', request, {
    bucket,
    queue,
    config,
    now: () => new Date(),
    warn: printWarning,
  });
  if (flag(input, 'json')) printJson(result);
  else print(result.message);
  return 0;
}

async function enqueueByBuild(revision: string, project: string | undefined): Promise<number> {
  if (!project)
    throw new UsageError(
      'This deployment has no CodeBuild project; run live-ci enqueue in a checkout, without --remote.',
    );
  print(`Build ${await enqueueRemotely(codeBuild(), project, revision)} enqueues ${revision}.`);
  return 0;
}
