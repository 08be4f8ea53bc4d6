/**
 * Stands in for CodeBuild where there is none: runs the same `live-ci run` command as the buildspec, with the role of the
 * project that it would run in, and answers in the shape of a CodeBuild build. It ends with its execution and with the delivery.
 */
import * as z from 'zod';
import { asRole } from '../src/aws/as-role.ts';
import { runBuild } from '../src/local/run-build.ts';
import { whileRunning } from '../src/local/while-running.ts';
import { runActions } from '../src/model.ts';
import { required, stepFunctions } from './context.ts';
import { observed } from './observed.ts';

const eventSchema = z.object({
  execution: z.string(),
  project: z.string(),
  action: z.enum([...runActions, 'sync']),
  delivery: z.string(),
  unit: z.string().optional(),
  plan: z.string().optional(),
});

/** CodeBuild project ▸ ARN of its role. */
const roles = z.record(z.string(), z.string()).parse(JSON.parse(required('LIVE_CI_PROJECT_ROLES')));

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery, unit }) => ({ delivery, unit }),
  async ({ execution, project, ...build }) => {
    const environment = { ...process.env, ...(await asRole(roles[project] ?? '', project)) };
    const executions = [execution, stepFunctions.execution(build.delivery)];
    return whileRunning(executions, stepFunctions, (signal) => runBuild(build, environment, signal));
  },
);
