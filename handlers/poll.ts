/** Started by the rule each minute and by every execution that ends: takes the pipeline a step further, and tells people how it stands. */
import * as z from 'zod';
import { sns, sqs, ssm } from '../src/aws/clients.ts';
import { readParameter } from '../src/aws/parameter.ts';
import { approversOf } from '../src/config/environments.ts';
import { pipelineSettings } from '../src/delivery/deployment.ts';
import { gaugesAfter } from '../src/delivery/gauges.ts';
import { type PollResult, poll } from '../src/delivery/poll.ts';
import type { MetricName } from '../src/metrics.ts';
import { addressName } from '../src/notifications/address-name.ts';
import type { Channel } from '../src/notifications/channel.ts';
import { tellAfter } from '../src/notifications/tell.ts';
import { topic, topicOfApprover } from '../src/notifications/topics.ts';
import { webhook } from '../src/notifications/webhooks.ts';
import { SqsQueue } from '../src/queue/queue.ts';
import { worldOf } from '../src/selftest/world.ts';
import { bucket, config, now, required, stepFunctions } from './context.ts';
import { links } from './links.ts';
import { log, metric, observed } from './observed.ts';

/** "Step Functions Execution Status Change" of an execution that ended; the rule's tick and a call by hand have no detail. */
const eventSchema = z.object({
  detail: z.object({ name: z.string(), startDate: z.number(), stopDate: z.number() }).optional().catch(undefined),
});

const queue = new SqsQueue(sqs(), required('LIVE_CI_QUEUE_URL'), required('LIVE_CI_DEAD_LETTER_QUEUE_URL'));
const settings = pipelineSettings(process.env, config);

function channels(): Channel[] {
  const approverTopics = process.env.LIVE_CI_APPROVER_TOPICS;
  const approvers = approverTopics ? approversOf(config) : [];
  const context = { readParameter: (name: string) => readParameter(ssm(), name), fetch };
  return [
    topic(sns(), required('LIVE_CI_TOPIC_ARN')),
    ...approvers.map((one) => topicOfApprover(sns(), `${approverTopics}${addressName(one)}`, one)),
    ...config.notifications.webhooks.map((one) => webhook(one, context)),
  ];
}

/** The deliveries of whose end everybody knows. */
let knownEnds: ReadonlySet<string> = new Set();

async function tell(result: PollResult): Promise<void> {
  const { quietMinutes, remindHours } = config.notifications;
  const context = {
    bucket,
    now,
    channels: channels(),
    links,
    linkHours: config.approvals.page.linkHours,
    pace: { quietMinutes, remindHours },
    service: required('LIVE_CI_SERVICE'),
    log,
    metric,
  };
  knownEnds = await tellAfter(result, knownEnds, context);
}

export const handler = observed(
  (event) => eventSchema.parse(event).detail,
  (ended) => ({ delivery: ended?.name }),
  async (ended) => {
    if (ended && worldOf(ended.name) === undefined)
      metric('DeliveryDuration', (ended.stopDate - ended.startDate) / 1000);
    const result = await poll({ bucket, queue, stepFunctions, config, settings, now, log, metric });
    if (result === 'started') metric('StartedDeliveries', 1);
    const gauges = await gaugesAfter(result, { bucket, now });
    for (const [name, value] of Object.entries(gauges)) metric(name as MetricName, value);
    await tell(result);
    return { result };
  },
);
