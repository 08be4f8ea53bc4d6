/** Called by the state "Next group": which units come next, or what is to be asked or written down. */
import * as z from 'zod';
import { toldSchema } from '../src/delivery/endings.ts';
import { nextGroup, progressSchema } from '../src/delivery/next-group.ts';
import { bucketFor } from './context.ts';
import { observed } from './observed.ts';

const eventSchema = z.object({ delivery: z.string(), progress: progressSchema, outcomes: toldSchema.optional() });

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery }) => ({ delivery }),
  ({ delivery, progress, outcomes }) => nextGroup(delivery, progress, bucketFor(delivery), outcomes),
);
