import { codeBuild } from '../../aws/clients.ts';
import type { Config } from '../../config/schema.ts';
import { UsageError } from '../../errors.ts';
import { type EnqueueRequest, enqueue } from '../../queue/enqueue.ts';
import { enqueueRemotely } from '../../queue/enqueue-remotely.ts';
import { pullRequestChanges } from '../../queue/pull-request-changes.ts';
import { answerWebhook, type WebhookAnswer } from '../../queue/webhook.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { type Connection, connect } from '../connect.ts';
import { print, printJson, printWarning } from '../print.ts';
import { isUnderstood, showChanges } from '../show-changes.ts';

export async function enqueueCommit(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const { environment } = connection;
  const config = await connection.config();
  if (flag(input, 'remote'))
    return enqueueByBuild(text(input, 'head') ?? config.branch, environment.LIVE_CI_ENQUEUE_PROJECT);
  const tip = { ref: `refs/heads/${config.branch}` };
  if (flag(input, 'look')) return enqueueRequest({ ...tip, look: true }, input, connection);
  const request = {
    head: text(input, 'head') ?? 'HEAD',
    base: namedBase(input),
    ref: text(input, 'ref') || undefined,
  };
  const directory = input.positionals[0] ?? '.';
  const answer = webhookAnswer(input, config);
  switch (answer?.do) {
    case 'nothing':
      print(answer.why);
      return 0;
    case 'show pull request':
      print(
        `${text(input, 'trigger')} is open, so nothing is enqueued. Merged into ${config.branch}, it would deliver:`,
      );
      return isUnderstood(showChanges(await pullRequestChanges(directory, request.head, config, printWarning), config))
        ? 0
        : 1;
    case 'enqueue branch':
      return enqueueRequest(tip, input, connection);
    case 'enqueue commit':
      return enqueueRequest({ ...request, ...tip }, input, connection);
    case undefined:
      return enqueueRequest(request, input, connection);
  }
}

/** Undefined for the empty tree, which is where the first change set starts by itself. */
function namedBase(input: CommandInput): string | undefined {
  const said = text(input, 'base');
  return said === 'none' || said === '' ? undefined : said;
}

/** Undefined when it isn't told what started the build: somebody enqueues by hand, or the hook does. */
function webhookAnswer(input: CommandInput, config: Config): WebhookAnswer | undefined {
  const event = text(input, 'event');
  if (event === undefined) return undefined;
  const told = (name: string) => text(input, name) ?? '';
  return answerWebhook({ event, trigger: told('trigger'), headRef: told('ref'), baseRef: told('target') }, config);
}

async function enqueueRequest(request: EnqueueRequest, input: CommandInput, connection: Connection): Promise<number> {
  const { bucket, queue } = connection;
  const config = await connection.config();
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
