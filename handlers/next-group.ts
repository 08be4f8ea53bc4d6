/** Called by the state "Next group" of the compact form: which units come next, or what is to be asked or written down. */
import * as z from 'zod';
import { nextGroup, progressSchema } from '../src/delivery/next-group.ts';
import { bucket } from './context.ts';
import { observed } from './observed.ts';

const eventSchema = z.object({ delivery: z.string(), progress: progressSchema });

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ delivery }) => ({ delivery }),
  ({ delivery, progress }) => nextGroup(delivery, progress, bucket),
);
