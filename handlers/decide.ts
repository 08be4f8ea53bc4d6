/** Called by the state machine `decision` with what an approver pasted into the console. */
import * as z from 'zod';
import { type Decided, decide, parseDecision } from '../src/approval/decide.ts';
import { DecisionError } from '../src/errors.ts';
import { bucket, now, stepFunctions } from './context.ts';
import { log, observed } from './observed.ts';

const eventSchema = z.object({ decision: z.unknown(), execution: z.string(), givenAt: z.coerce.date() });

/** As far as the input says what it is about. */
const subjectSchema = z.object({ delivery: z.string(), unit: z.string() }).partial().catch({});

/** A refusal is an answer: only what went wrong is tried again. */
type Answer = ({ refused: false } & Decided) | { refused: true; why: string };

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ decision }) => subjectSchema.parse(decision),
  async ({ decision, execution, givenAt }): Promise<Answer> => {
    try {
      const context = { bucket, stepFunctions, now };
      return { refused: false, ...(await decide(parseDecision(decision), `console:${execution}`, context, givenAt)) };
    } catch (error) {
      if (!(error instanceof DecisionError)) throw error;
      log('decision refused', { why: error.message });
      return { refused: true, why: error.message };
    }
  },
);
