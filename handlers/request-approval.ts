/** Called by `Approve <path>` and `Choose rollback` with a task token: keeps the request until it is decided. */
import { ask, askSchema } from '../src/approval/ask.ts';
import { messageOf } from '../src/errors.ts';
import { log } from '../src/log.ts';
import { bucket, now, stepFunctions } from './context.ts';

export async function handler(event: unknown): Promise<void> {
  const request = askSchema.parse(event);
  try {
    await ask(request, { bucket, stepFunctions, now });
  } catch (error) {
    // The task waits for its token, not for this function: tell it, or it would wait until it times out.
    log('request failed', { delivery: request.delivery, error: messageOf(error) });
    await stepFunctions.fail(request.token, 'LiveCi.RequestFailed', messageOf(error));
    throw error;
  }
}
