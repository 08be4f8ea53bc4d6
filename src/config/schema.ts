/**
 * Every setting of a deployment, with its default and its meaning: the schema of `live-ci.config.yml`. The descriptions are the
 * reference's (docs/configuration.md, reference.ts) and the editors' (live-ci.schema.json, json-schema.ts); `aws` says what a setting becomes there.
 */
import * as z from 'zod';
import { approvalsSchema } from './schema/approvals.ts';
import { artifactsSchema, kmsKeyArn } from './schema/artifacts.ts';
import { buildSchema, commandsSchema } from './schema/build.ts';
import { environmentsSchema } from './schema/environments.ts';
import { filterGroupsSchema, githubSchema } from './schema/github.ts';
import { notificationsSchema } from './schema/notifications.ts';
import { functionsSchema, pipelineSchema, pollSchema } from './schema/pipeline.ts';
import { redactionSchema } from './schema/redaction.ts';
import { rolesSchema } from './schema/roles.ts';
import { tags, told } from './schema/told.ts';

const inclusion = z.enum(['include', 'exclude']);

/** Where the settings name no repository: on one's own machine its folder is taken, and a deployment to AWS is refused. */
export const nobodysRepository = 'owner/name';

export const configSchema = z.strictObject({
  accountId: told(
    z.string().regex(/^\d{12}$/, 'must be 12 digits'),
    'AWS account that is deployed to; a deployment with the credentials of another one is refused',
  ).default('000000000000'),
  region: told(
    z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-west-1'),
    'AWS region that is deployed to',
  ).default('us-east-1'),
  repository: told(
    z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
    'GitHub repository, owner/name; a deployment to AWS without it is refused',
    'CodeBuild Source.Location',
  ).default(nobodysRepository),
  branch: told(z.string().min(1), 'the branch that is delivered', 'CodeBuild webhook filter HEAD_REF').default('main'),
  filterGroups: filterGroupsSchema,
  stages: told(
    z.array(z.string().min(1)),
    'parent paths, in order: all units under an earlier one end before a later one begins. None: everything is one stage',
  ).default([]),
  dependencies: told(inclusion, 'plan, too, what a touched unit depends on, recursively').default('include'),
  dependents: told(inclusion, 'plan, too, what depends on a touched unit, recursively').default('include'),
  extraDependencies: told(
    z.record(z.string(), z.array(z.string())),
    'dependencies that no file states: unit path ▸ paths of the units that it depends on; also for units of a stack whose source is elsewhere',
  ).default({}),
  ignoredDependencies: told(
    z.record(z.string(), z.array(z.string())),
    'dependencies that files state and that do not count: unit path ▸ paths of the units that it does not wait for; of two that read each other, one has to',
  ).default({}),
  extraReads: told(
    z.record(z.string(), z.array(z.string())),
    'files that units read and that no file states: pattern of unit paths ▸ patterns of files, a change of which touches them, such as charts/app/**. Of a unit that is listed, an empty list says that it reads nothing more',
  ).default({}),
  units: z
    .strictObject({
      exclude: told(
        z.array(z.string().min(1)),
        'patterns of directories that look like units and are none, such as modules that are published or examples, and of code that no unit reads: nobody is warned when it changes',
      ).default([]),
    })
    .prefault({})
    .describe('which directories are units'),
  unknownDependencies: told(
    z.enum(['ask-or-error', 'ask-or-warn', 'error', 'warn']),
    "what is done about a unit of which can't be known what it depends on: ask the terragrunt on the PATH, which runs what the unit's configuration runs; else an error or a warning. error and warn never ask. What extraDependencies lists for the unit goes before all of them",
  ).default('ask-or-error'),
  environments: environmentsSchema,
  commands: commandsSchema,
  sync: told(
    z.enum(['commit', 'pull-request']),
    'where units that are not applied are put back in git: by a pull request (without GitHub, a branch), or, as far as people declined them or had them rolled back, on the delivered branch itself',
  ).default('pull-request'),
  github: githubSchema,
  roles: rolesSchema,
  artifacts: artifactsSchema,
  kmsKeyArn,
  build: buildSchema,
  pipeline: pipelineSchema,
  poll: pollSchema,
  functions: functionsSchema,
  approvals: approvalsSchema,
  notifications: notificationsSchema,
  concurrency: told(
    z.int().min(2).nullable(),
    'builds that run at once: half of them plans, half of them applies and rollbacks, so that two hundred plans never hold up a rollback. Neither half may be more than CodeBuild runs at once in your account on machines of that kind (Service Quotas, CodeBuild), or the deployment fails. None: as many as the account allows; what is one too many waits',
    'CodeBuild ConcurrentBuildLimit',
  ).default(null),
  inlineUnits: told(
    z.int().nonnegative(),
    'a delivery of more units has the compact form of the state machine, even if it would fit the inline one',
  ).default(1000),
  timeouts: z
    .strictObject({
      planMinutes: told(z.int().min(1).max(480), 'minutes until a plan is stopped').default(60),
      applyMinutes: told(z.int().min(1).max(480), 'minutes until an apply, a destroy or a rollback is stopped').default(
        120,
      ),
      approvalHours: told(
        z.number().positive().max(8700),
        'hours until an approval that nobody gave is a decline; an execution of Step Functions lives for a year, its plan included',
      ).default(168),
    })
    .prefault({})
    .describe('how long a step may take'),
  alarms: z
    .strictObject({
      queueAgeMinutes: told(
        z.int().min(5).max(20160),
        'minutes that a commit may wait in the queue before an alarm says so',
        'CloudWatch alarm queue-age',
      ).default(1440),
    })
    .prefault({})
    .describe('when an alarm is raised; without an address in notifications alarms are seen in CloudWatch only'),
  logs: z
    .strictObject({
      retentionDays: told(
        z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653]),
        'days that logs are kept',
        'RetentionInDays of every log group',
      ).default(90),
    })
    .prefault({})
    .describe('logs of Lambdas, builds and state machines'),
  redaction: redactionSchema,
  tags: tags('tags of everything that the stack makes').default({}),
});

export type Config = z.infer<typeof configSchema>;

/** What understanding a repository needs of them. */
export type DiscoverySettings = Pick<
  Config,
  'extraDependencies' | 'extraReads' | 'ignoredDependencies' | 'units' | 'unknownDependencies'
>;
