/**
 * Where the deployed parts are, told by environment variables: the template sets them for Lambdas and builds, the command
 * line fills them in from the stack's outputs.
 */
import * as z from 'zod';
import type { Settings } from '../../statemachine/settings.ts';
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
  LIVE_CI_BUILD_ARN: z.string(),
  LIVE_CI_REQUEST_APPROVAL: z.string(),
  LIVE_CI_FINISH: z.string(),
  LIVE_CI_NEXT_GROUP: z.string(),
  LIVE_CI_BUCKET: z.string(),
  LIVE_CI_UNITS_AT_ONCE: z.coerce.number().int().positive(),
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

/** What definitions are made for. @throws ZodError for an incomplete template. */
export function pipelineSettings(
  environment: NodeJS.ProcessEnv,
  { timeouts, inlineUnits }: Pick<Config, 'timeouts' | 'inlineUnits'>,
): Settings {
  const parsed = settingsSchema.parse(environment);
  return {
    build: parsed.LIVE_CI_BUILD_ARN,
    requestApproval: parsed.LIVE_CI_REQUEST_APPROVAL,
    finish: parsed.LIVE_CI_FINISH,
    inlineUnits,
    nextGroup: parsed.LIVE_CI_NEXT_GROUP,
    bucket: parsed.LIVE_CI_BUCKET,
    unitsAtOnce: parsed.LIVE_CI_UNITS_AT_ONCE,
    approvalSeconds: Math.ceil(timeouts.approvalHours * 3600),
  };
}
