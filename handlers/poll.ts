/** Started by the rule each minute and by every execution that ends: takes the pipeline a step further. */
import { PublishCommand } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { sns, sqs } from '../src/aws/clients.ts';
import { pipelineSettings } from '../src/delivery/deployment.ts';
import { gaugesAfter } from '../src/delivery/gauges.ts';
import { type PollResult, poll } from '../src/delivery/poll.ts';
import { messageOf } from '../src/errors.ts';
import type { MetricName } from '../src/metrics.ts';
import type { Message } from '../src/notifications/messages.ts';
import { tellEnd, tellWaiting } from '../src/notifications/tell.ts';
import { SqsQueue } from '../src/queue/queue.ts';
import { bucket, config, now, required, stepFunctions } from './context.ts';
import { log, metric, observed } from './observed.ts';

/** "Step Functions Execution Status Change" of an execution that ended; the rule's tick and a call by hand have no detail. */
const eventSchema = z.object({
  detail: z.object({ name: z.string(), startDate: z.number(), stopDate: z.number() }).optional().catch(undefined),
});

const queue = new SqsQueue(sqs(), required('LIVE_CI_QUEUE_URL'), required('LIVE_CI_DEAD_LETTER_QUEUE_URL'));
const settings = pipelineSettings(process.env, config);

/** The pipeline goes on when nobody can be told. */
async function tell(ended: string | undefined, result: PollResult): Promise<void> {
  const TopicArn = required('LIVE_CI_TOPIC_ARN');
  const publish = async ({ subject, text }: Message) => {
    await sns().send(new PublishCommand({ TopicArn, Subject: subject, Message: text }));
  };
  const context = { bucket, now, publish, service: required('LIVE_CI_SERVICE') };
  try {
    if (ended !== undefined) await tellEnd(ended, context);
    if (result === 'running' || result === 'started') await tellWaiting(context);
  } catch (error) {
    log('nobody could be told', { why: messageOf(error) });
  }
}

export const handler = observed(
  (event) => eventSchema.parse(event).detail,
  (ended) => ({ delivery: ended?.name }),
  async (ended) => {
    if (ended) metric('DeliveryDuration', (ended.stopDate - ended.startDate) / 1000);
    const result = await poll({ bucket, queue, stepFunctions, config, settings, now, log, metric });
    if (result === 'started') metric('StartedDeliveries', 1);
    const gauges = await gaugesAfter(result, { bucket, now });
    for (const [name, value] of Object.entries(gauges)) metric(name as MetricName, value);
    await tell(ended?.name, result);
    return { result };
  },
);
