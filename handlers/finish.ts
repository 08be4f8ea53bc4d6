/** Called by the pipeline's state "Record outcomes": writes down how the delivery ended. */
import * as z from 'zod';
import { unitRecordsSchema } from '../src/delivery/endings.ts';
import { type Finished, finish } from '../src/delivery/finish.ts';
import { bucket, now } from './context.ts';

const eventSchema = z.object({ delivery: z.string(), outcomes: unitRecordsSchema });

export async function handler(event: unknown): Promise<Finished> {
  const { delivery, outcomes } = eventSchema.parse(event);
  return finish(delivery, outcomes, { bucket, now });
}
