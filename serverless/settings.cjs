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
    queueAgeSeconds: 60 * (alarms.queueAgeMinutes ?? 1440),
    alarmActions: alarms.topicArn ? [alarms.topicArn] : [],
    planSeconds: planMinutes * 60,
    applySeconds: applyMinutes * 60,
    approvalSeconds: Math.ceil(approvalHours * 3600),
    concurrency,
    concurrentPlans,
    concurrentApplies: concurrency - concurrentPlans,
  };
};
module.exports.settings = settings;
