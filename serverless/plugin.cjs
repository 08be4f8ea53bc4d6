/** The product's own plugin of the Serverless Framework. */
module.exports = require('../dist/deployment.cjs').DeploymentPlugin;
