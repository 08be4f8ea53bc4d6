/** Called by the pipeline's state "Record outcomes": writes down how the delivery ended. */
import * as z from 'zod';
import { finish } from '../src/delivery/finish.ts';
import { recordsSchema } from '../src/delivery/records.ts';
import { bucket, now } from './context.ts';
import { metric, observed } from './observed.ts';

const eventSchema = z.object({ delivery: z.string(), outcomes: recordsSchema });

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery }) => ({ delivery }),
  ({ delivery, outcomes }) => finish(delivery, outcomes, { bucket, now, metric }),
);
