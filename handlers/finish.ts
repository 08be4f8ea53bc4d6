/** Called by the pipeline's state "Record outcomes": writes down how the delivery ended. */
import * as z from 'zod';
import { toldRecordsSchema } from '../src/delivery/endings.ts';
import { type FinishedInShort, finish, inShort } from '../src/delivery/finish.ts';
import { bucket, now } from './context.ts';

const eventSchema = z.object({ delivery: z.string(), outcomes: toldRecordsSchema });

export async function handler(event: unknown): Promise<FinishedInShort> {
  const { delivery, outcomes } = eventSchema.parse(event);
  return inShort(await finish(delivery, outcomes, { bucket, now }));
}
