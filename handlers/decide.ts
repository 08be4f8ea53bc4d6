/** Called by the state machine `decision` with what an approver pasted into the console. */
import * as z from 'zod';
import { decide, parseDecision } from '../src/approval/decide.ts';
import { bucket, now, stepFunctions } from './context.ts';
import { observed } from './observed.ts';

const eventSchema = z.object({ decision: z.unknown(), execution: z.string() });

export const handler = observed(
  (event) => {
    const { decision, execution } = eventSchema.parse(event);
    return { decision: parseDecision(decision), execution };
  },
  ({ decision: { delivery, unit } }) => ({ delivery, unit }),
  ({ decision, execution }) => decide(decision, `console:${execution}`, { bucket, stepFunctions, now }),
);
