/** Called by the state machine `decision` with what an approver pasted into the console. */
import * as z from 'zod';
import { type Decided, decide, parseDecision } from '../src/approval/decide.ts';
import { DecisionError } from '../src/errors.ts';
import { bucket, now, stepFunctions } from './context.ts';

const eventSchema = z.object({ decision: z.unknown(), execution: z.string(), givenAt: z.coerce.date() });

/** A refusal is an answer: only what went wrong is tried again. */
type Answer = ({ refused: false } & Decided) | { refused: true; why: string };

export async function handler(event: unknown): Promise<Answer> {
  const { decision, execution, givenAt } = eventSchema.parse(event);
  try {
    const context = { bucket, stepFunctions, now };
    return { refused: false, ...(await decide(parseDecision(decision), `console:${execution}`, context, givenAt)) };
  } catch (error) {
    if (error instanceof DecisionError) return { refused: true, why: error.message };
    throw error;
  }
}
