/**
 * Stands in for CodeBuild where there is none: runs the same `live-ci run` command as the buildspec and answers in the
 * shape of a CodeBuild build.
 */
import * as z from 'zod';
import { runBuild } from '../src/local/run-build.ts';

const eventSchema = z.object({
  action: z.enum(['plan', 'apply', 'destroy', 'rollback', 'sync']),
  delivery: z.string(),
  unit: z.string().optional(),
  plan: z.string().optional(),
});

export async function handler(event: unknown) {
  return runBuild(eventSchema.parse(event), process.env);
}
