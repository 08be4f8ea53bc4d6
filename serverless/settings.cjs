/** The deployment's settings for serverless.yml: what LIVE_CI_CONFIG names, or live-ci.config.yml. */
const { join } = require('node:path');

module.exports = async ({ resolveVariable }) => {
  const [service, stage] = await Promise.all([resolveVariable('self:service'), resolveVariable('sls:stage')]);
  return require('../dist/deployment.cjs').deploymentSettings(`${service}-${stage}`, join(__dirname, '..', 'dist'));
};
