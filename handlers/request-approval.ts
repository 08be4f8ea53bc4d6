/**
 * Called by `Ask` of `build` and `Choose rollback` with a task token: keeps the request until it is decided. And before that, by
 * `Describe` and `Describe rollback`, without one: answers with what that task shows.
 */
import * as z from 'zod';
import { ask, askSchema } from '../src/approval/ask.ts';
import { describe, describeSchema } from '../src/approval/describe.ts';
import { describeRollback, describeRollbackSchema } from '../src/approval/describe-rollback.ts';
import { messageOf } from '../src/errors.ts';
import { bucketFor, now, stepFunctions } from './context.ts';
import { links } from './links.ts';
import { observed } from './observed.ts';

const eventSchema = z.union([describeSchema, describeRollbackSchema, askSchema]);

export const handler = observed(
  (event) => eventSchema.parse(event),
  (request) => ({ delivery: request.delivery, unit: 'unit' in request ? request.unit : undefined }),
  async (request) => {
    const bucket = bucketFor(request.delivery);
    if (request.ask === 'description') return describe(request, { bucket, links });
    if (request.ask === 'description of the rollback') return describeRollback(request, { bucket, links });
    try {
      await ask(request, { bucket, stepFunctions, now });
    } catch (error) {
      // The task waits for its token, not for this function: tell it, or it would wait until it times out.
      await stepFunctions.fail(request.token, 'LiveCi.RequestFailed', messageOf(error));
      throw error;
    }
  },
);
