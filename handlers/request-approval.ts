/** Called by `Approve <path>` and `Choose rollback` with a task token: keeps the request until it is decided. */
import { ask, askSchema } from '../src/approval/ask.ts';
import { messageOf } from '../src/errors.ts';
import { bucket, now, stepFunctions } from './context.ts';
import { observed } from './observed.ts';

export const handler = observed(
  (event) => askSchema.parse(event),
  (request) => ({ delivery: request.delivery, unit: request.ask === 'approval' ? request.unit : undefined }),
  async (request) => {
    try {
      await ask(request, { bucket, stepFunctions, now });
    } catch (error) {
      // The task waits for its token, not for this function: tell it, or it would wait until it times out.
      await stepFunctions.fail(request.token, 'LiveCi.RequestFailed', messageOf(error));
      throw error;
    }
  },
);
