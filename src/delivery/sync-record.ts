/**
 * What was done after a delivery to bring git back to what is applied, and what could not be: `deliveries/<id>/sync.json`. The proposal that
 * stands now is in `pipeline/sync.json`, in the same form.
 */
import * as z from 'zod';
import { commitId, unitPath } from '../model.ts';

export const syncRecordSchema = z.strictObject({
  version: z.literal(1),
  /** The commit that puts units back; null when there was nothing to put back, or something newer decides. */
  commit: commitId.nullable(),
  /** The branch that has it. */
  branch: z.string(),
  /** The pull request's address, where one could be opened. */
  pullRequest: z.string().nullable(),
  /** The units that the commit puts back, sorted. */
  units: z.array(unitPath),
  /** The units that are not as git says and stay so, with the reason, sorted. */
  left: z.array(z.strictObject({ path: unitPath, reason: z.string() })),
  /** For which applied commit of each of its units the commit was made; null: nothing was applied. */
  applied: z.record(unitPath, commitId.nullable()).default({}),
});
export type SyncRecord = z.infer<typeof syncRecordSchema>;
