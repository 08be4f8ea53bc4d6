/**
 * Where the deployed parts are, told by environment variables: the template sets them for Lambdas and builds, the command
 * line fills them in from the stack's outputs.
 */
import * as z from 'zod';
import type { Settings } from '../../statemachine/settings.ts';
import type { Executor } from '../../statemachine/tasks.ts';
import type { Config } from '../config/schema.ts';
import { UsageError } from '../errors.ts';

const schema = z.object({
  LIVE_CI_BUCKET: z.string(),
  LIVE_CI_QUEUE_URL: z.string(),
  LIVE_CI_DEAD_LETTER_QUEUE_URL: z.string(),
  LIVE_CI_PIPELINE_ARN: z.string(),
});
export type Deployment = z.infer<typeof schema>;

const settingsSchema = z.object({
  LIVE_CI_REQUEST_APPROVAL: z.string(),
  LIVE_CI_FINISH: z.string(),
  LIVE_CI_NEXT_GROUP: z.string(),
  LIVE_CI_BUCKET: z.string(),
  LIVE_CI_UNITS_AT_ONCE: z.coerce.number().int().positive(),
  /** Set where builds run in a Lambda. */
  LIVE_CI_LOCAL_RUNNER: z.string().optional(),
  LIVE_CI_ENQUEUE_PROJECT: z.string().optional(),
  LIVE_CI_PLAN_PROJECT: z.string().optional(),
  LIVE_CI_APPLY_PROJECT: z.string().optional(),
});

/** @throws UsageError naming the variables that are missing. */
export function deploymentFrom(environment: NodeJS.ProcessEnv): Deployment {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new UsageError(
    `No deployment is named: ${missing} not set. Run live-ci local up, or give --stage of a deployed stack.`,
  );
}

/** How long tasks may take and who carries them out. @throws ZodError for an incomplete template. */
export function pipelineSettings(environment: NodeJS.ProcessEnv, config: Config): Settings {
  const parsed = settingsSchema.parse(environment);
  return {
    executor: executorFrom(parsed),
    requestApproval: parsed.LIVE_CI_REQUEST_APPROVAL,
    finish: parsed.LIVE_CI_FINISH,
    nextGroup: parsed.LIVE_CI_NEXT_GROUP,
    bucket: parsed.LIVE_CI_BUCKET,
    unitsAtOnce: parsed.LIVE_CI_UNITS_AT_ONCE,
    planSeconds: config.timeouts.planMinutes * 60,
    applySeconds: config.timeouts.applyMinutes * 60,
    approvalSeconds: Math.ceil(config.timeouts.approvalHours * 3600),
  };
}

function executorFrom(parsed: z.infer<typeof settingsSchema>): Executor {
  if (parsed.LIVE_CI_LOCAL_RUNNER) return { kind: 'lambda', function: parsed.LIVE_CI_LOCAL_RUNNER };
  const project = (name: 'ENQUEUE' | 'PLAN' | 'APPLY') => z.string().parse(parsed[`LIVE_CI_${name}_PROJECT`]);
  const apply = project('APPLY');
  return {
    kind: 'codebuild',
    projects: { plan: project('PLAN'), apply, destroy: apply, rollback: apply, sync: project('ENQUEUE') },
  };
}
