/** What `live-ci doctor` looks at, in this order: the account and what the configuration names, then the stack once there is one. */
import { checkAccount } from '../deployment/check-account.ts';
import { checkBucket } from '../deployment/check-bucket.ts';
import { checkKey } from '../deployment/check-key.ts';
import { checkNotifications } from '../deployment/check-notifications.ts';
import { checkRegion } from '../deployment/check-region.ts';
import { checkRepository } from '../deployment/check-repository.ts';
import { type Check, refusing } from './check.ts';
import { builds } from './checks/builds.ts';
import { connection } from './checks/connection.ts';
import { image } from './checks/image.ts';
import { lambdas } from './checks/lambdas.ts';
import { lastPush } from './checks/last-push.ts';
import { mails } from './checks/mails.ts';
import { parameters } from './checks/parameters.ts';
import { pipelineRole } from './checks/pipeline-role.ts';
import { drift, stack } from './checks/stack.ts';
import { tokenOfGitHub } from './checks/token.ts';
import { unitStates } from './checks/unit-states.ts';
import { webhook } from './checks/webhook.ts';

/** A deployment that one of these finds wrong would fail, or would deliver nothing: `serverless deploy` looks at them first. */
export const beforeDeploying: readonly Check[] = [
  {
    ...refusing('account', checkAccount, ({ config: { accountId, region } }) => `${accountId}, in ${region}`),
    first: true,
  },
  refusing('repository', checkRepository, ({ config: { repository, branch } }) => `${repository}, branch ${branch}`),
  refusing('region', checkRegion, ({ region }) => `${region} has what builds need`),
  builds,
  lambdas,
  image,
  connection,
  refusing('artifact bucket', checkBucket, ({ config: { artifacts } }) =>
    artifacts.bucket === null ? 'the stack makes its own' : `${artifacts.bucket} is here, and versioned`,
  ),
  refusing('key', checkKey, ({ config: { kmsKeyArn } }) =>
    kmsKeyArn === null ? 'the stack makes its own' : `${kmsKeyArn} is enabled, and encrypts`,
  ),
  refusing('topic and webhooks', checkNotifications, ({ config: { notifications } }) =>
    notifications.topicArn === null && notifications.webhooks.length === 0
      ? 'the stack makes its own topic'
      : 'what the configuration names is there',
  ),
  pipelineRole,
  parameters,
];

/** What nothing of a deployment depends on, or only one that is there has. */
export const beside: readonly Check[] = [tokenOfGitHub, unitStates];

export const onceDeployed: readonly Check[] = [stack, webhook, lastPush, mails, drift];
