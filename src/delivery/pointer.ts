/**
 * The pipeline pointer, `pipeline/state.json`: what runs, what is halted and what is carried. Changed only by conditional
 * writes, and always written before the step that it announces, so that any step can be cut off and taken up again.
 */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, type Stored } from '../aws/stored.ts';
import { rememberedDeclineSchema, touchedUnitSchema, unitPath } from '../model.ts';
import { bucketKeys } from './bucket-keys.ts';
import { checkLayout, layoutVersion } from './layout.ts';

/** A unit that a delivery left unapplied. */
export const carriedUnitSchema = z.strictObject({
  path: unitPath,
  /** A sentence: "declined in 0123456789ab-1". */
  reason: z.string(),
  /** True when it must be planned although its own code is as applied: something that it reads was applied, or its own apply failed after all of it was done. */
  stale: z.boolean(),
  /** What is known of a unit whose code is gone; null while it has code. */
  deleted: touchedUnitSchema.nullable(),
  /** Somebody declined it, and nothing of it has changed since. */
  declined: rememberedDeclineSchema.optional(),
  /** Not delivered while its code in git has this fingerprint, null: is gone. It was put back too late; see late-put-backs.ts. */
  held: z.string().nullable().optional(),
});
export type CarriedUnit = z.infer<typeof carriedUnitSchema>;

const running = z.strictObject({
  delivery: z.string(),
  /** `intended`: the delivery is described in the bucket and will be started. `started`: its execution exists. */
  phase: z.enum(['intended', 'started']),
  execution: z.string().nullable(),
  /** State machine version whose definition it runs. */
  stateMachineVersion: z.string().nullable(),
  /** When it was announced. */
  since: z.iso.datetime().optional(),
  /** When its execution was started; later than it was announced, when a poll was cut off in between. */
  startedAt: z.iso.datetime().optional(),
});
export type Running = z.infer<typeof running>;

const pointerOfThisLayout = z.strictObject({
  /** Of the whole bucket's layout. */
  version: z.literal(layoutVersion),
  running: running.nullable(),
  halted: z.strictObject({ delivery: z.string(), reason: z.string(), since: z.iso.datetime() }).nullable(),
  /** Sequence number of the last change set that a delivery was made of. */
  sequence: z.int().nonnegative(),
  carried: z.array(carriedUnitSchema),
  /** Who wrote what is not applied of a unit, by its path: e-mail addresses; see authors.ts. */
  authors: z.record(unitPath, z.array(z.string())).default({}),
  /** The delivery that ended last. */
  last: z.string().nullable(),
  /** Those that ended lately, the last of them last: for whoever tells people of each. */
  ended: z.array(z.strictObject({ delivery: z.string(), at: z.iso.datetime() })).default([]),
});
export type Pointer = z.infer<typeof pointerOfThisLayout>;

/** Parsing throws DeliveryError for the pointer of another layout. */
export const pointerSchema: z.ZodType<Pointer> = z.preprocess((document) => {
  const versioned = z.object({ version: z.int() }).safeParse(document);
  if (versioned.success) checkLayout(versioned.data.version);
  return document;
}, pointerOfThisLayout);

export const startingPointer: Pointer = {
  version: layoutVersion,
  running: null,
  halted: null,
  sequence: 0,
  carried: [],
  authors: {},
  last: null,
  ended: [],
};

/** An end that could not be told for so long is none that anybody waits to hear of. */
export const toldWithinMilliseconds = 24 * 3_600_000;

/** So many at most, that the pointer stays small. */
const mostEnded = 100;

/** With one more that has ended. */
export function endedLately(before: Pointer['ended'], delivery: string, now: Date): Pointer['ended'] {
  const still = before.filter(
    (one) => one.delivery !== delivery && now.getTime() - Date.parse(one.at) < toldWithinMilliseconds,
  );
  return [...still, { delivery, at: now.toISOString() }].slice(-mostEnded);
}

/** A delivery that is described in the bucket and will be started. */
export function announcement(delivery: string, now: Date): Running {
  return { delivery, phase: 'intended', execution: null, stateMachineVersion: null, since: now.toISOString() };
}

/** As it stands; before the first delivery, as it starts, with an empty etag. */
export async function readPointer(bucket: Bucket): Promise<Stored<Pointer>> {
  return (await readStored(bucket, bucketKeys.pointer, pointerSchema)) ?? { value: startingPointer, etag: '' };
}
