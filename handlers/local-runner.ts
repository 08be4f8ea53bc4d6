/**
 * Stands in for CodeBuild where there is none: runs the same `live-ci run` command as the buildspec, with the role of the
 * project that it would run in, and answers in the shape of a CodeBuild build.
 */
import * as z from 'zod';
import { asRole } from '../src/aws/as-role.ts';
import { runBuild } from '../src/local/run-build.ts';
import { required } from './context.ts';
import { observed } from './observed.ts';

const eventSchema = z.object({
  project: z.string(),
  action: z.enum(['plan', 'apply', 'destroy', 'rollback', 'sync']),
  delivery: z.string(),
  unit: z.string().optional(),
  plan: z.string().optional(),
});

/** CodeBuild project ▸ ARN of its role. */
const roles = z.record(z.string(), z.string()).parse(JSON.parse(required('LIVE_CI_PROJECT_ROLES')));

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery, unit }) => ({ delivery, unit }),
  async ({ project, ...build }) =>
    runBuild(build, { ...process.env, ...(await asRole(roles[project] ?? '', project)) }),
);
