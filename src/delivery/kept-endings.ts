/** How units ended, in the bucket: where there are too many for an execution's data. */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { durationsSchema, outcomes, unitPath } from '../model.ts';
import type { Ending } from './applied.ts';

const schema = z.array(
  z.strictObject({
    unit: unitPath,
    outcome: z.enum(outcomes),
    half: z.boolean(),
    complete: z.boolean().optional(),
    kept: z.boolean().optional(),
    existed: z.boolean().optional(),
    durations: durationsSchema.optional(),
    reason: z.string().optional(),
  }),
);

export async function keepEndings(bucket: Bucket, key: string, endings: ReadonlyMap<string, Ending>): Promise<void> {
  const rows: z.input<typeof schema> = [...endings].map(([unit, ending]) => ({ unit, ...ending }));
  await bucket.write(key, JSON.stringify(rows));
}

/** By path; undefined when nothing is kept there. */
export async function keptEndings(bucket: Bucket, key: string): Promise<Map<string, Ending> | undefined> {
  const rows = (await readStored(bucket, key, schema))?.value;
  return rows && new Map(rows.map(({ unit, ...ending }) => [unit, ending]));
}
