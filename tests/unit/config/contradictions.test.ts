import { parseConfig } from '../../../src/config/load.ts';

const read = (text: string) => parseConfig(text, 'live-ci.config.yml');
const three = '[ada@example.org, grace@example.org, linus@example.org]';

const vpc = '{id: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0], securityGroups: [sg-0123456789abcdef0]}';
const fleet = 'arn:aws:codebuild:us-east-1:123456789012:fleet/';

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
    ['region: us-gov-west-1', '1:9: region: us-gov-west-1 is of another partition than aws'],
    ['region: cn-northwest-1', 'region: cn-northwest-1 is of another partition than aws'],
    ['region: mx-central-1', '1:9: region: there is no CodeBuild in mx-central-1; deploy to another region'],
    [
      'region: eu-south-2',
      '1:9: region: Lambda has no function URLs in eu-south-2, and so there is no approval page; write approvals: {page: {enabled: false}}',
    ],
    [
      `environments: {${Array.from({ length: 145 }, (_, index) => `a${index}: {applyRoleArn: "arn:aws:iam::${100000000000 + index}:role/infrastructure-apply"}`).join(', ')}}`,
      'roles.apply: the 145 roles that it may assume, those of the environments among them, and 0 secrets',
    ],
    ['kmsKeyArn: arn:aws:kms:us-east-1:123456789012:alias/live', '1:12: kmsKeyArn: must be the ARN of a key'],
    ['github: {token: {parameter: /aws/token}}', 'github.token.parameter: must not begin with /aws/ or /ssm/'],
    ['approvals: {signingKey: {parameter: /SSM/key}}', 'approvals.signingKey.parameter: must not begin with /aws/'],
    ['timeouts: {approvalHours: 8701}', 'timeouts.approvalHours: '],
    [
      `roles: {plan: {policyArns: [${Array.from({ length: 26 }, (_, index) => `"arn:aws:iam::aws:policy/p${index}"`).join(', ')}]}}`,
      'roles.plan.policyArns: must be 25 at most',
    ],
    [
      'github: {connectionArn: "arn:aws:codeconnections:us-east-1:123456789012:connection/a", token: {secretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}}',
      'github.token.secretArn: a project clones with one of connection and secret; keep one',
    ],
    [
      'github: {token: {parameter: /live/token, secretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}}',
      '1:53: github.token.secretArn: the token is in a secret or in a parameter; keep one',
    ],
    [
      'region: eu-west-1\ngithub: {token: {secretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}}',
      'github.token.secretArn: is in us-east-1',
    ],
    [
      `build: {vpc: ${vpc}, fleet: {plan: "${fleet}a:b"}}`,
      '1:14: build.vpc: machines of a fleet are in the network of the fleet',
    ],
    [
      `build: {fleet: {plan: "${fleet}a:b", apply: "${fleet}a:b"}}`,
      'build.fleet.apply: plans and applies would share machines',
    ],
    [`build: {vpc: {id: vpc-1, subnets: [], securityGroups: []}}`, 'build.vpc.id: must be an id such as vpc-'],
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
    'region: eu-south-2\napprovals: {page: {enabled: false}}',
    'region: eu-north-1',
    `build: {vpc: ${vpc}}`,
    `build: {fleet: {plan: "${fleet}a:b", apply: "${fleet}c:d"}}`,
    'notifications: {webhooks: [{kind: slack, parameter: /aws/reference/secretsmanager/live/slack}]}',
  ])('and these hold together: %s', (text) => {
    expect(read(text)).toMatchObject({ branch: 'main' });
  });
});
