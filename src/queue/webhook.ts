/**
 * What the build `enqueue` does about the event that started it. Only what the delivered branch holds is ever enqueued: a push to it,
 * and a pull request once it is merged. Of an open pull request it is shown what it would deliver, and nothing of its code is run.
 *
 * CodeBuild tells the event in variables (CodeBuild user guide, "Environment variables in build environments"). Those of a pull request
 * name the branch that it comes from as HEAD_REF, without saying whose: of a fork's `main` it is `refs/heads/main`, as of a push.
 */
import type { Config } from '../config/schema.ts';

export interface WebhookEvent {
  /** CODEBUILD_WEBHOOK_EVENT; empty when somebody started the build. */
  event: string;
  /** CODEBUILD_WEBHOOK_TRIGGER: `branch/main`, `tag/v1` or `pr/7`. */
  trigger: string;
  /** CODEBUILD_WEBHOOK_HEAD_REF: the ref that was pushed, or that a pull request comes from. */
  headRef: string;
  /** CODEBUILD_WEBHOOK_BASE_REF: the ref that a pull request goes to. */
  baseRef: string;
}

export type WebhookAnswer =
  /** The build's commit, if the branch holds it. */
  | { do: 'enqueue commit' }
  /** Where the branch stands now: the build of a merged pull request is one of the pull request's last commit. */
  | { do: 'enqueue branch' }
  | { do: 'show pull request' }
  /** A sentence. */
  | { do: 'nothing'; why: string };

type Delivered = Pick<Config, 'repository' | 'branch'>;

export function answerWebhook({ event, trigger, headRef, baseRef }: WebhookEvent, config: Delivered): WebhookAnswer {
  if (event === '' && trigger === '') return { do: 'enqueue commit' };
  if (event === 'PUSH') {
    const why = whyNotDelivered(headRef, config);
    return why === undefined ? { do: 'enqueue commit' } : { do: 'nothing', why };
  }
  if (!event.startsWith('PULL_REQUEST_'))
    return { do: 'nothing', why: `The event ${event || trigger} enqueues nothing; take it out of filterGroups.` };
  const elsewhere = whyNotDelivered(baseRef, config);
  if (elsewhere !== undefined)
    return { do: 'nothing', why: `The pull request ${trigger} goes elsewhere: ${elsewhere}` };
  if (event === 'PULL_REQUEST_MERGED') return { do: 'enqueue branch' };
  if (event === 'PULL_REQUEST_CLOSED')
    return {
      do: 'nothing',
      why: `The pull request ${trigger} was closed without being merged, so nothing is enqueued.`,
    };
  return { do: 'show pull request' };
}

/** Undefined for the branch that is delivered. */
export function whyNotDelivered(ref: string, { repository, branch }: Delivered): string | undefined {
  if (ref === `refs/heads/${branch}`) return undefined;
  return `${ref || 'no branch'} is not delivered, so nothing is enqueued: ${repository} is delivered from ${branch}.`;
}
