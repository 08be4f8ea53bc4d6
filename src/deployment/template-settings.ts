/** What the configuration comes to in serverless.yml: the values that the template's variables read. Pure. */
import type { Config } from '../config/schema.ts';
import { namesOf } from './names.ts';

/**
 * Step Functions gives up on a build, and stops it, this much later than the build stops itself: it takes time to be provisioned, and
 * then to let Terraform write its state and free its lock.
 */
const overdueMinutes = 30;

/**
 * @param said what the file says, as it is handed on to builds; `config` is the same with its defaults.
 * @param prefix `<service>-<stage>`, which is the stack's name.
 */
export function templateSettings(config: Config, said: unknown, prefix: string) {
  const { timeouts, concurrency, roles } = config;
  const concurrentPlans = Math.floor(concurrency / 2);
  return {
    prefix,
    names: namesOf(config, prefix),
    json: JSON.stringify(said),
    repository: config.repository,
    branch: config.branch,
    /** The file of serverless/ that has the approval page, or nothing in its place. */
    page: config.approvals.page.enabled ? 'page' : 'no-page',
    planPolicyArns: roles.plan.policyArns,
    applyPolicyArns: roles.apply.policyArns,
    planSeconds: (timeouts.planMinutes + overdueMinutes) * 60,
    applySeconds: (timeouts.applyMinutes + overdueMinutes) * 60,
    approvalSeconds: Math.ceil(timeouts.approvalHours * 3600),
    concurrency,
    concurrentPlans,
    concurrentApplies: concurrency - concurrentPlans,
    queueAgeSeconds: 60 * config.alarms.queueAgeMinutes,
    alarmActions: config.notifications.topicArn ? [config.notifications.topicArn] : [],
  };
}
