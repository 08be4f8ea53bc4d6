/** Every setting of a deployment, with its default: the schema of `live-ci.config.yml`. */
import * as z from 'zod';

const inclusion = z.enum(['include', 'exclude']);

export const configSchema = z.strictObject({
  /** AWS account that is deployed to. */
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits')
    .default('000000000000'),
  region: z.string().default('us-east-1'),
  /** GitHub repository, `owner/name`. */
  repository: z.string().min(1).default('example-org/infrastructure-live'),
  /** The branch that is delivered. */
  branch: z.string().min(1).default('main'),
  /** Parent paths, in the order in which their units are delivered. Empty: everything is one stage. */
  stages: z.array(z.string().min(1)).default([]),
  /** Plan, too, what a touched unit depends on, recursively. */
  dependencies: inclusion.default('include'),
  /** Plan, too, what depends on a touched unit, recursively. */
  dependents: inclusion.default('include'),
  /** Dependencies that no file states: unit path ▸ paths of the units that it depends on. */
  extraDependencies: z.record(z.string(), z.array(z.string())).default({}),
  /** What is done about a unit of which can't be known what it depends on: ask Terragrunt or not, then an error or a warning. */
  unknownDependencies: z.enum(['ask-or-error', 'ask-or-warn', 'error', 'warn']).default('ask-or-error'),
  /** Where a commit that puts undelivered units back goes: to the branch, or to a pull request. */
  sync: z.enum(['commit', 'pull-request']).default('pull-request'),
  roles: z
    .strictObject({
      /** Managed policies of the role that plans run under: reading what the units describe, and their states. */
      plan: z.strictObject({ policyArns: z.array(z.string()).default([]) }).prefault({}),
      /** Managed policies of the role that applies and rollbacks run under. */
      apply: z.strictObject({ policyArns: z.array(z.string()).default([]) }).prefault({}),
    })
    .prefault({}),
  /** Builds that run at once: half of them plans, half of them applies and rollbacks. */
  concurrency: z.int().min(2).default(20),
  /** A delivery of more units has the compact form of the state machine, even if it would fit the inline one. */
  inlineUnits: z.int().nonnegative().default(1000),
  timeouts: z
    .strictObject({
      /** Minutes until a plan is stopped. */
      planMinutes: z.int().min(1).max(480).default(60),
      /** Minutes until an apply, a destroy or a rollback is stopped. */
      applyMinutes: z.int().min(1).max(480).default(120),
      /** Hours until an approval that nobody gave is a decline. */
      approvalHours: z.number().positive().max(8760).default(168),
    })
    .prefault({}),
  alarms: z
    .strictObject({
      /** Minutes that a commit may wait in the queue before an alarm says so. */
      queueAgeMinutes: z.int().min(5).max(20160).default(1440),
      /** SNS topic that alarms are sent to; null: they are seen in CloudWatch only. */
      topicArn: z.string().startsWith('arn:').nullable().default(null),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** What understanding a repository needs of them. */
export type DiscoverySettings = Pick<Config, 'extraDependencies' | 'unknownDependencies'>;
