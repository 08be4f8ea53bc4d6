/** Called by the state machine `decision` with what an approver pasted into the console. */
import * as z from 'zod';
import { type Decided, decide, parseDecision } from '../src/approval/decide.ts';
import { bucket, now, stepFunctions } from './context.ts';

const eventSchema = z.object({ decision: z.unknown(), execution: z.string() });

export async function handler(event: unknown): Promise<Decided> {
  const { decision, execution } = eventSchema.parse(event);
  return decide(parseDecision(decision), `console:${execution}`, { bucket, stepFunctions, now });
}
