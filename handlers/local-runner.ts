/**
 * Stands in for CodeBuild where there is none: runs the same `live-ci run` command as the buildspec and answers in the
 * shape of a CodeBuild build.
 */
import * as z from 'zod';
import { runBuild } from '../src/local/run-build.ts';
import { observed } from './observed.ts';

const eventSchema = z.object({
  action: z.enum(['plan', 'apply', 'destroy', 'rollback', 'sync']),
  delivery: z.string(),
  unit: z.string().optional(),
  plan: z.string().optional(),
});

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery, unit }) => ({ delivery, unit }),
  (build) => runBuild(build, process.env),
);
