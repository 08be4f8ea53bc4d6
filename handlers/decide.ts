/** Called by the state machine `decision` with what an approver pasted into the console, and by the approval page. */
import * as z from 'zod';
import { type Answer, decide, parseDecision } from '../src/approval/decide.ts';
import { DecisionError } from '../src/errors.ts';
import { bucketFor, now, stepFunctions } from './context.ts';
import { log, observed } from './observed.ts';

const given = { decision: z.unknown(), givenAt: z.coerce.date() };
const eventSchema = z.union([
  z
    .strictObject({ ...given, execution: z.string() })
    .transform((event) => ({ ...event, by: `console:${event.execution}` })),
  z.strictObject({ ...given, approver: z.email() }).transform((event) => ({ ...event, by: event.approver })),
]);

/** As far as the input says what it is about. */
const subjectSchema = z.object({ delivery: z.string(), unit: z.string() }).partial().catch({});

export const handler = observed(
  (event) => eventSchema.parse(event),
  ({ decision }) => subjectSchema.parse(decision),
  async ({ decision, by, givenAt }): Promise<Answer> => {
    try {
      const parsed = parseDecision(decision);
      const context = { bucket: bucketFor(parsed.delivery), stepFunctions, now };
      return { refused: false, ...(await decide(parsed, by, context, givenAt)) };
    } catch (error) {
      if (!(error instanceof DecisionError)) throw error;
      log('decision refused', { why: error.message });
      return { refused: true, why: error.message };
    }
  },
);
