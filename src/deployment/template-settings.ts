/** What the configuration comes to in serverless.yml: the values that the template's variables read. Pure. */
import { tagList } from '../aws/tag-list.ts';
import type { Config } from '../config/schema.ts';
import { buildPermissions, cachePrefix, enqueuePermissions, isPrivateImage, type Kind } from './build-permissions.ts';
import { bucketNameOf } from './check-names.ts';
import { everyPushIsTaken, webhookTriggers } from './filter-groups.ts';
import { sourceAuth, tokenVariables } from './github-token.ts';
import { attribute, here, ref, type Statement, sub } from './intrinsics.ts';
import { namesOf } from './names.ts';
import {
  approverTopics,
  approverTopicsArn,
  mailsApprovers,
  notificationPermissions,
  subscriptions,
} from './notifications.ts';
import { keyTag } from './take-up.ts';

/**
 * CodeBuild ends a build this much later than the build stops itself: it takes time to be provisioned, and then to let Terraform write its state and
 * free its lock.
 */
const overdueMinutes = 30;

/** So long a build waits for its turn where as many run as the account allows; CodeBuild takes no more (CodeBuild API, queuedTimeoutInMinutes). */
const queuedMinutes = 480;

/** The build that enqueues, and the sync. */
const enqueueMinutes = 60;

/**
 * Seconds that Step Functions waits for a build. They are longer than CodeBuild lets one be queued and run, so that no build begins, or goes on, when
 * nobody waits for it any more: that a task whose time is over stops its build is not promised (Step Functions guide, Run a Job).
 */
const waitedFor = (minutes: number) => (queuedMinutes + minutes + 10) * 60;

const computeTypes = {
  small: 'BUILD_GENERAL1_SMALL',
  medium: 'BUILD_GENERAL1_MEDIUM',
  large: 'BUILD_GENERAL1_LARGE',
  xlarge: 'BUILD_GENERAL1_XLARGE',
  '2xlarge': 'BUILD_GENERAL1_2XLARGE',
} as const satisfies Record<Config['build']['computeType'], string>;

/** CodeBuild's own images (CodeBuild guide, Docker images provided by CodeBuild); they alone choose a Node by `runtime-versions`. */
const architectures = {
  arm64: { type: 'ARM_CONTAINER', image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' },
  x86_64: { type: 'LINUX_CONTAINER', image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0' },
} as const satisfies Record<Config['build']['architecture'], object>;

export interface Deployed {
  /** `<service>-<stage>`, which is the stack's name. */
  prefix: string;
  /** Where in the artifact bucket the command line lies that builds run. */
  commandLine: string;
}

export function templateSettings(config: Config, deployment: Deployed) {
  const { timeouts, concurrency, roles, artifacts, notifications, poll, approvals } = config;
  const { connectionArn } = config.github;
  const concurrentPlans = concurrency && Math.floor(concurrency / 2);
  const { prefix } = deployment;
  const names = namesOf(config, prefix);
  return {
    prefix,
    names,
    repository: config.repository,
    tags: config.tags,
    logDays: config.logs.retentionDays,
    ...whatLasts(config, deployment),
    roles: {
      path: roles.path,
      boundary: roles.permissionsBoundaryArn,
      tags: tagList(roles.tags),
      plan: roles.plan,
      apply: roles.apply,
      pipeline: roles.pipeline,
    },
    pipelineRoleArn: roles.pipeline.arn ?? attribute('PipelineRole'),
    pipelineTags: config.pipeline.tags,
    build: { ...buildSettings(config), ...variablesOfBuilds(config, deployment) },
    submodules: config.github.submodules,
    webhook: webhookTriggers(config),
    sourceAuth: sourceAuth(config),
    connectionOutput: connectionArn === null ? null : { Value: connectionArn },
    /** The file of serverless/ that has the approval page, or nothing in its place. */
    page: approvals.page.enabled ? 'page' : 'no-page',
    queuedMinutes,
    enqueueMinutes,
    planMinutes: timeouts.planMinutes + overdueMinutes,
    applyMinutes: timeouts.applyMinutes + overdueMinutes,
    syncSeconds: waitedFor(enqueueMinutes),
    planSeconds: waitedFor(timeouts.planMinutes + overdueMinutes),
    applySeconds: waitedFor(timeouts.applyMinutes + overdueMinutes),
    approvalSeconds: Math.ceil(timeouts.approvalHours * 3600),
    concurrency,
    concurrentPlans,
    concurrentApplies: concurrency && concurrency - (concurrentPlans ?? 0),
    pollRate: rate(poll.rateMinutes, 'minute'),
    branchRate: rate(poll.branchHours ?? 24, 'hour'),
    branchState: poll.branchHours !== null && everyPushIsTaken(config) ? 'ENABLED' : 'DISABLED',
    lookAtBranch: lookAtBranch(config),
    enqueueFailed: enqueueFailed(config),
    pollConcurrency: poll.reservedConcurrency,
    pageConcurrency: poll.reservedConcurrency === null ? null : 10,
    queueAgeSeconds: 60 * config.alarms.queueAgeMinutes,
    planDays: artifacts.planDays,
    topicArn: notifications.topicArn ?? ref('Topic'),
    subscriptions: subscriptions(config),
    approverTopics: approverTopics(config, prefix),
    /** With which the ARN of each begins. */
    approverTopicsArn: mailsApprovers(config) ? approverTopicsArn(prefix) : null,
    notificationsPolicy: policy('notifications', notificationPermissions(config, prefix)),
    logGroupArns: logGroups(names).map((name) => sub(`${here('logs')}:log-group:${name}`)),
    /** Stand in for the parts of the template that make what exists already. */
    existing: {
      bucket: artifacts.bucket === null ? null : {},
      key: config.kmsKeyArn === null ? null : {},
      topic: notifications.topicArn === null ? null : {},
      pipelineRole: roles.pipeline.arn === null ? null : {},
    },
  };
}

/** As EventBridge has it. */
const rate = (number: number, unit: 'minute' | 'hour') => `rate(${number} ${unit}${number === 1 ? '' : 's'})`;

/** What the build that enqueues is started with to look where the branch stands (CodeBuild API, StartBuild). */
function lookAtBranch({ branch }: Config): string {
  const environmentVariablesOverride = [{ name: 'LIVE_CI_ACTION', value: 'look', type: 'PLAINTEXT' }];
  return JSON.stringify({ sourceVersion: branch, environmentVariablesOverride });
}

/**
 * When builds of the project that enqueues have failed for so long that somebody has to look. Those that show a pull request fail when that is broken; then
 * only what fails in each of three hours counts, as the looks at the branch do while it can't be enqueued.
 */
function enqueueFailed({ filterGroups }: Config): { seconds: number; times: number } {
  const pullRequests = filterGroups.some(({ events }) => events.some((event) => event !== 'PUSH'));
  return pullRequests ? { seconds: 3600, times: 3 } : { seconds: 300, times: 1 };
}

/** The artifact bucket and the key. `…Arn` of the bucket is text for Fn::Sub, since its objects' ARNs begin with it. */
function whatLasts({ artifacts, kmsKeyArn }: Config, { prefix, commandLine }: Deployed) {
  return {
    bucket: artifacts.bucket ?? ref('ArtifactBucket'),
    commandLine: { 'Fn::Join': ['/', [artifacts.bucket ?? ref('ArtifactBucket'), commandLine]] },
    bucketName: sub(bucketNameOf(prefix, `\${AWS::AccountId}`, `\${AWS::Region}`)),
    bucketArn: bucketArn(artifacts),
    bucketTags: [...tagList(artifacts.tags), ...(kmsKeyArn === null ? [{ Key: keyTag, Value: attribute('Key') }] : [])],
    keyArn: kmsKeyArn ?? attribute('Key'),
    whenRemoved: artifacts.removeWithStack ? 'Delete' : 'RetainExceptOnCreate',
  };
}

function bucketArn({ bucket }: Config['artifacts']): string {
  return bucket === null ? `\${ArtifactBucket.Arn}` : `arn:\${AWS::Partition}:s3:::${bucket}`;
}

function buildSettings(config: Config) {
  const { image, architecture, computeType, install, buildspec, cache, tags, vpc, fleet } = config.build;
  const environment = architectures[architecture];
  const kind = (name: Kind) => ({
    policy: policy('settings', buildPermissions(config, name, bucketArn(config.artifacts))),
    fleet: fleet[name] === null ? null : { FleetArn: fleet[name] },
    cache:
      cache === 'none'
        ? { Type: 'NO_CACHE' }
        : {
            Type: 'S3',
            Location: { 'Fn::Join': ['/', [config.artifacts.bucket ?? ref('ArtifactBucket'), cachePrefix(name)]] },
          },
  });
  return {
    image: image ?? environment.image,
    pullAs: isPrivateImage(image) ? 'SERVICE_ROLE' : 'CODEBUILD',
    runtimes: image === null || image.startsWith('aws/codebuild/') ? { nodejs: 24 } : null,
    type: environment.type,
    computeType: computeTypes[computeType],
    install: [
      'mkdir -p /opt/live-ci/bin /opt/live-ci/providers',
      'export PATH="/opt/live-ci/bin:$PATH" TF_PLUGIN_CACHE_DIR=/opt/live-ci/providers',
      ...install,
      String.raw`printf '#!/bin/sh\nexec node "%s/live-ci.js" "$@"\n' "$CODEBUILD_SRC_DIR_live_ci" >/usr/local/bin/live-ci`,
      'chmod +x /usr/local/bin/live-ci',
    ],
    buildspec,
    tags: tagList(tags),
    vpc: vpc && { VpcId: vpc.id, Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups },
    plan: kind('plan'),
    apply: kind('apply'),
    enqueue: { policy: policy('settings', enqueuePermissions(config)) },
  };
}

/** What builds are told; those that run a unit's code have the variables of the configuration, too, and know of no queue. */
function variablesOfBuilds(config: Config, { prefix }: Deployed) {
  const own = (Name: string, Value: unknown) => ({ Name, Value });
  const shared = [
    own('LIVE_CI_BUCKET', config.artifacts.bucket ?? ref('ArtifactBucket')),
    own('LIVE_CI_REPOSITORY_URL', `https://github.com/${config.repository}.git`),
  ];
  const set = (variables: Config['build']['environmentVariables']) =>
    variables.map(({ name, value, type }) => ({ Name: name, Value: value, Type: type }));
  return {
    variables: [...shared, ...set([...config.build.environmentVariables, ...tokenVariables(config, 'plan')])],
    enqueueVariables: [
      ...shared,
      ...set(tokenVariables(config, 'enqueue')),
      own('LIVE_CI_QUEUE_URL', ref('Queue')),
      own('LIVE_CI_DEAD_LETTER_QUEUE_URL', ref('DeadLetterQueue')),
      own('LIVE_CI_PIPELINE_ARN', sub(`${here('states')}:stateMachine:${namesOf(config, prefix).pipeline}`)),
    ],
  };
}

/** None when there is nothing to permit: IAM has no empty policies. */
function policy(PolicyName: string, Statement: Statement[]) {
  return Statement.length === 0 ? null : { PolicyName, PolicyDocument: { Version: '2012-10-17', Statement } };
}

/** Every log group of the stack, for the key's policy. */
function logGroups(names: ReturnType<typeof namesOf>): string[] {
  const { poll, requestApproval, decide, finish, nextGroup, page, localRunner } = names;
  const { enqueue, plan, apply, pipeline, build, decision } = names;
  return [
    ...[poll, requestApproval, decide, finish, nextGroup, page, localRunner].map((name) => `/aws/lambda/${name}`),
    ...[enqueue, plan, apply].map((name) => `/aws/codebuild/${name}`),
    ...[pipeline, build, decision].map((name) => `/aws/vendedlogs/states/${name}`),
  ];
}
