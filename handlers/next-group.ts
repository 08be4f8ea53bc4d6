/** Called by the state "Next group" of the compact form: which units come next, or what is to be asked or written down. */
import * as z from 'zod';
import { type NextGroup, nextGroup, progressSchema } from '../src/delivery/next-group.ts';
import { bucket } from './context.ts';

const eventSchema = z.object({ delivery: z.string(), progress: progressSchema });

export async function handler(event: unknown): Promise<NextGroup> {
  const { delivery, progress } = eventSchema.parse(event);
  return nextGroup(delivery, progress, bucket);
}
