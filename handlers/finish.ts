/** Called by the pipeline's state "Record outcomes": writes down how the delivery ended. */
import * as z from 'zod';
import { type Finished, finish } from '../src/delivery/finish.ts';
import { recordsSchema } from '../src/delivery/records.ts';
import { bucket, now } from './context.ts';

const eventSchema = z.object({ delivery: z.string(), outcomes: recordsSchema });

export async function handler(event: unknown): Promise<Finished> {
  const { delivery, outcomes } = eventSchema.parse(event);
  return finish(delivery, outcomes, { bucket, now });
}
