/** The deployment's settings for serverless.yml: what LIVE_CI_CONFIG names, or live-ci.config.yml. */
module.exports = () => require('../dist/deployment.cjs').deploymentSettings();
