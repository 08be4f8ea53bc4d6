/** A configuration that says everything that the template depends on, and names what exists already. */
import type * as z from 'zod';
import type { configSchema } from '../../src/config/schema.ts';

export const everythingSet: z.input<typeof configSchema> = {
  accountId: '123456789012',
  region: 'eu-west-1',
  repository: 'example-org/live',
  branch: 'production',
  filterGroups: [
    {
      events: ['PULL_REQUEST_CREATED', 'PULL_REQUEST_UPDATED'],
      baseRefs: '^refs/heads/production$',
      actorAccountIds: { pattern: '^1234567$', exclude: true },
      filePaths: '^prod/',
    },
    { headRefs: '^refs/heads/production$', commitMessages: { pattern: '\\[skip\\]', exclude: true } },
  ],
  environments: {
    'prod/**': {
      planRoleArn: 'arn:aws:iam::210987654321:role/network-plan',
      applyRoleArn: 'arn:aws:iam::210987654321:role/network-apply',
      approvers: ['Linus@example.org', 'ada@example.org'],
    },
  },
  github: {
    connectionArn: 'arn:aws:codeconnections:eu-west-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef',
    token: { parameter: '/network/github-token', modules: true },
    submodules: true,
    pullRequests: 'approve-all',
  },
  roles: {
    path: '/delivery/',
    permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/boundary',
    tags: { of: 'roles' },
    plan: {
      name: 'network-plan',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      assumableRoleArns: ['arn:aws:iam::123456789012:role/read'],
      maxSessionSeconds: 7200,
    },
    apply: {
      name: 'network-apply',
      policyArns: ['arn:aws:iam::aws:policy/PowerUserAccess'],
      assumableRoleArns: ['arn:aws:iam::123456789012:role/write'],
      maxSessionSeconds: 10800,
    },
    pipeline: { arn: 'arn:aws:iam::123456789012:role/pipeline' },
  },
  artifacts: { bucket: 'example-org-artifacts' },
  kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef',
  build: {
    name: 'network',
    tags: { of: 'builds' },
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/tools/terraform:1',
    architecture: 'x86_64',
    computeType: 'large',
    install: ['make tools'],
    cache: 'none',
    environmentVariables: [
      { name: 'TF_LOG', value: 'INFO' },
      { name: 'DNS_TOKEN', value: '/network/dns-token', type: 'PARAMETER_STORE' },
      { name: 'DATABASE_PASSWORD', value: 'network/database:password', type: 'SECRETS_MANAGER' },
    ],
  },
  pipeline: { name: 'deliver', buildName: 'build-one', decisionName: 'decide-one', tags: { of: 'state machines' } },
  poll: { ruleName: 'network-clock', rateMinutes: 5, reservedConcurrency: null },
  functions: {
    poll: 'network-poll',
    requestApproval: 'network-ask',
    decide: 'network-decide',
    finish: 'network-finish',
    nextGroup: 'network-next',
  },
  approvals: {
    approvers: ['linus@example.org'],
    page: { name: 'network-page' },
    signingKey: { parameter: '/network/signing-key' },
  },
  notifications: {
    topicArn: 'arn:aws:sns:eu-west-1:123456789012:operators',
    emails: ['ada@example.org', 'grace@example.org'],
    webhooks: [
      { kind: 'slack', parameter: '/network/slack' },
      { kind: 'teams', parameter: '/aws/reference/secretsmanager/network/teams' },
    ],
    quietMinutes: 10,
    remindHours: 8,
  },
  concurrency: 7,
  timeouts: { planMinutes: 30, applyMinutes: 45, approvalHours: 24 },
  alarms: { queueAgeMinutes: 30 },
  logs: { retentionDays: 30 },
  tags: { team: 'network' },
};
