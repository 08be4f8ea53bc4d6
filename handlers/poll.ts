/** Started by the rule each minute and by every execution that ends: takes the pipeline a step further. */
import { sqs } from '../src/aws/clients.ts';
import { pipelineSettings } from '../src/delivery/deployment.ts';
import { type PollResult, poll } from '../src/delivery/poll.ts';
import { log } from '../src/log.ts';
import { SqsQueue } from '../src/queue/queue.ts';
import { bucket, config, now, required, stepFunctions } from './context.ts';

const queue = new SqsQueue(sqs(), required('LIVE_CI_QUEUE_URL'), required('LIVE_CI_DEAD_LETTER_QUEUE_URL'));
const settings = pipelineSettings(process.env, config);

export async function handler(): Promise<{ result: PollResult }> {
  return { result: await poll({ bucket, queue, stepFunctions, config, settings, now, log }) };
}
