import { parseConfig } from '../../../src/config/load.ts';

const read = (text: string) => parseConfig(text, 'live-ci.config.yml');
const three = '[ada@example.org, grace@example.org, linus@example.org]';

describe('settings that are right by themselves and can not hold together are refused', () => {
  test.each([
    [
      'approvals: {minimumApprovals: 2}',
      '1:31: approvals.minimumApprovals: 2 approvals are asked for, and there are 0',
    ],
    [
      'approvals: {minimumApprovals: 2, approvers: [ada@example.org, ada@example.org]}',
      'approvals.minimumApprovals: 2 approvals are asked for, and there are 1 approvers; list more approvers',
    ],
    [
      `approvals: {approvers: ${three}}\nenvironments:\n  prod/**: {minimumApprovals: 4}`,
      '3:31: environments.prod/**.minimumApprovals: 4 approvals are asked for, and there are 3',
    ],
    [
      `approvals: {approvers: ${three}, minimumApprovals: 3}\nenvironments:\n  prod/**: {approvers: [ada@example.org]}`,
      '3:12: environments.prod/**: 3 approvals are asked for, and there are 1',
    ],
    ['approvals: {authorMayApprove: false}', "approvals.authorMayApprove: the commit's author can only be told from"],
    [
      `approvals: {authorMayApprove: false, minimumApprovals: 3, approvers: ${three}}`,
      "approvals.minimumApprovals: all 3 approvers are needed, and the commit's author doesn't count",
    ],
    [
      `approvals: {approvers: ${three}, page: {enabled: false}}`,
      'approvals.page.enabled: approvers are sent links to the page, and there is none',
    ],
    [
      `approvals: {page: {enabled: false}}\nenvironments: {prod/**: {approvers: ${three}}}`,
      'approvals.page.enabled: approvers are sent links',
    ],
    [
      'region: eu-west-1\nkmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/example',
      '2:12: kmsKeyArn: is in us-east-1, and what is deployed is in eu-west-1',
    ],
    [
      'region: eu-west-1\nnotifications: {topicArn: "arn:aws:sns:us-east-1:123456789012:operators"}',
      'notifications.topicArn: is in us-east-1, and what is deployed is in eu-west-1',
    ],
    [
      'approvals: {minimumApprovals: 2, approvers: [ada@example.org, Ada@Example.org]}',
      'approvals.minimumApprovals: 2 approvals are asked for, and there are 1 approvers',
    ],
    [
      `approvals: {approvers: [${Array.from({ length: 201 }, (_, index) => `approver-${index}@example.org`).join(', ')}]}`,
      'approvals.approvers: 201 different approvers are listed, here and in the environments, and a stack has room',
    ],
    [
      'notifications: {webhooks: [{kind: slack, parameter: /live-ci/chat}, {kind: teams, parameter: /live-ci/chat}]}',
      'notifications.webhooks.1.parameter: /live-ci/chat is said twice; keep one',
    ],
    [
      'environments: {/prod/**: {}}',
      "1:16: environments./prod/**: no unit's path is written like that, so it never matches; write prod/**",
    ],
    ['environments: {./: {}}', 'so it never matches; write **'],
    ['environments: {"../live/**": {}}', "environments.../live/**: units' paths begin at the repository's root"],
    ['environments: {"prod[": {}}', 'environments.prod[: is no path pattern'],
    ['environments: {prod: {}, prod/: {}}', 'environments.prod/: is the same pattern as prod; join the two'],
    ['stages: [network, apps, ./network/]', '1:25: stages.2: ./network/ is the same stage as network; name it once'],
    [
      'filterGroups: [{events: [PULL_REQUEST_CREATED]}, {events: [PULL_REQUEST_CLOSED]}]',
      '1:15: filterGroups: no group names PUSH or PULL_REQUEST_MERGED, and nothing else is ever delivered',
    ],
    ['filterGroups: [{baseRefs: ^main$}]', 'filterGroups.0.baseRefs: a push has no base ref'],
    ['github: {pullRequests: approve-all}', 'github.pullRequests: no pull request starts a build; name their events'],
    [
      'build: {image: "aws/codebuild/amazonlinux-aarch64-standard:3.0", architecture: x86_64}',
      'build.architecture: the image aws/codebuild/amazonlinux-aarch64-standard:3.0 is one for arm64',
    ],
    [
      'build: {image: "aws/codebuild/amazonlinux-x86_64-standard:5.0"}',
      'build.architecture: the image aws/codebuild/amazonlinux-x86_64-standard:5.0 is one for x86_64',
    ],
    [
      'artifacts: {planDays: 60}\ntimeouts: {approvalHours: 720}',
      'artifacts.planDays: a plan may wait 30 days for its approval',
    ],
    [
      'build: {environmentVariables: [{name: A, value: a}, {name: A, value: b}]}',
      '1:60: build.environmentVariables.1.name: A is said twice',
    ],
    [
      `build: {environmentVariables: [{name: CA, value: ${'a'.repeat(4097)}}]}`,
      '1:50: build.environmentVariables.0.value: must have at most 4,096 characters',
    ],
    [
      `build: {install: [${Array.from({ length: 25 }, () => 'a'.repeat(900)).join(', ')}]}`,
      'build.install: the commands have 22800 characters as a buildspec has them, and CodeBuild takes 22000',
    ],
    [
      'functions: {poll: steps}\napprovals: {page: {name: steps}}',
      'approvals.page.name: steps is the name of functions.poll already',
    ],
    ['pipeline: {name: a, decisionName: a}', 'pipeline.decisionName: a is the name of pipeline.name already'],
    ['roles: {plan: {name: a}, apply: {name: a}}', 'roles.apply.name: a is the name of roles.plan.name already'],
    [
      'artifacts: {bucket: example, removeWithStack: true}',
      'artifacts.removeWithStack: an existing bucket always stays',
    ],
    [
      'roles: {pipeline: {name: a, arn: "arn:aws:iam::123456789012:role/a"}}',
      'roles.pipeline.name: an existing role has its name; write its arn only',
    ],
  ])('%s', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(/^live-ci\.config\.yml:\d+:\d+: /);
  });

  test.each([
    `approvals: {approvers: ${three}, minimumApprovals: 2, authorMayApprove: false}`,
    'approvals: {approvers: [ada@example.org], authorMayApprove: false}',
    'environments: {prod/**: {}, "prod/*": {}, "{dev,test}/**": {}, "**": {}}',
    'filterGroups: [{events: [PULL_REQUEST_MERGED], baseRefs: ^main$}, {events: [PUSH], headRefs: ^main$}]',
    'github: {pullRequests: any}\nfilterGroups: [{events: [PUSH, PULL_REQUEST_MERGED]}]',
    'build: {image: "aws/codebuild/amazonlinux-x86_64-standard:5.0", architecture: x86_64}',
    'build: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/builds:1", architecture: x86_64}',
    'build: {architecture: x86_64}',
    'artifacts: {planDays: 61}\ntimeouts: {approvalHours: 720}',
    'stages: [prod, prod/network]',
  ])('and these hold together: %s', (text) => {
    expect(read(text)).toMatchObject({ branch: 'main' });
  });
});
