/** Called by the pipeline's state "Record outcomes": writes down how the delivery ended. */
import * as z from 'zod';
import { toldSchema } from '../src/delivery/endings.ts';
import { finish, inShort } from '../src/delivery/finish.ts';
import { bucketFor, now } from './context.ts';
import { metric, observed } from './observed.ts';

const eventSchema = z.object({ delivery: z.string(), outcomes: toldSchema });

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery }) => ({ delivery }),
  async ({ delivery, outcomes }) =>
    inShort(await finish(delivery, outcomes, { bucket: bucketFor(delivery), now, metric })),
);
