/** Started by the rule each minute and by every execution that ends: takes the pipeline a step further. */
import * as z from 'zod';
import { sqs } from '../src/aws/clients.ts';
import { pipelineSettings } from '../src/delivery/deployment.ts';
import { gaugesAfter } from '../src/delivery/gauges.ts';
import { poll } from '../src/delivery/poll.ts';
import type { MetricName } from '../src/metrics.ts';
import { SqsQueue } from '../src/queue/queue.ts';
import { bucket, config, now, required, stepFunctions } from './context.ts';
import { log, metric, observed } from './observed.ts';

/** "Step Functions Execution Status Change" of an execution that ended; the rule's tick and a call by hand have no detail. */
const eventSchema = z.object({
  detail: z.object({ name: z.string(), startDate: z.number(), stopDate: z.number() }).optional().catch(undefined),
});

const queue = new SqsQueue(sqs(), required('LIVE_CI_QUEUE_URL'), required('LIVE_CI_DEAD_LETTER_QUEUE_URL'));
const settings = pipelineSettings(process.env, config);

export const handler = observed(
  (event) => eventSchema.parse(event).detail,
  (ended) => ({ delivery: ended?.name }),
  async (ended) => {
    if (ended) metric('DeliveryDuration', (ended.stopDate - ended.startDate) / 1000);
    const result = await poll({ bucket, queue, stepFunctions, config, settings, now, log, metric });
    if (result === 'started') metric('StartedDeliveries', 1);
    const gauges = await gaugesAfter(result, { bucket, now });
    for (const [name, value] of Object.entries(gauges)) metric(name as MetricName, value);
    return { result };
  },
);
