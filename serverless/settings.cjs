/** The deployment's settings for serverless.yml and for the bundles: what LIVE_CI_CONFIG names, or live-ci.config.yml. */
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');

function settings() {
  const named = process.env.LIVE_CI_CONFIG;
  const file = named || join(__dirname, '..', 'live-ci.config.yml');
  if (existsSync(file)) return parse(readFileSync(file, 'utf8')) ?? {};
  if (named) throw new Error(`LIVE_CI_CONFIG names ${named}, which does not exist.`);
  return {};
}

/**
 * Step Functions gives up on a build, and stops it, this much later than the build stops itself: it takes time to be provisioned, and
 * then to let Terraform write its state and free its lock.
 */
const overdueMinutes = 30;

/** As the template's variables read it. */
module.exports = () => {
  const { repository = 'example-org/infrastructure-live', branch = 'main', roles = {}, alarms = {} } = settings();
  const { timeouts: { planMinutes = 60, applyMinutes = 120, approvalHours = 168 } = {}, concurrency = 20 } = settings();
  const concurrentPlans = Math.floor(concurrency / 2);
  return {
    json: JSON.stringify(settings()),
    repository,
    branch,
    planPolicyArns: roles.plan?.policyArns ?? [],
    applyPolicyArns: roles.apply?.policyArns ?? [],
    planSeconds: (planMinutes + overdueMinutes) * 60,
    applySeconds: (applyMinutes + overdueMinutes) * 60,
    approvalSeconds: Math.ceil(approvalHours * 3600),
    concurrency,
    concurrentPlans,
    concurrentApplies: concurrency - concurrentPlans,
    queueAgeSeconds: 60 * (alarms.queueAgeMinutes ?? 1440),
    alarmActions: alarms.topicArn ? [alarms.topicArn] : [],
  };
};
module.exports.settings = settings;
