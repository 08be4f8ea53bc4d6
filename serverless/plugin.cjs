/** The product's own plugin of the Serverless Framework. It and what it needs are found from here, wherever the package is installed. */
const { join } = require('node:path');
const { DeploymentPlugin } = require('../dist/deployment.cjs');

module.exports = class extends DeploymentPlugin {
  constructor(serverless, options, framework) {
    super(serverless, options, framework, { root: join(__dirname, '..'), load: require });
  }
};
