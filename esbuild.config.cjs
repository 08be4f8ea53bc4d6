/** How serverless-esbuild bundles the Lambdas: the deployment's settings are read, and put in, at that moment. */
const { configuration } = require('./dist/deployment.cjs');

module.exports = () => ({
  bundle: true,
  minify: true,
  sourcemap: false,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outputFileExtension: '.mjs',
  // A package's ES modules, where it has them: what a Lambda doesn't call is left out of them, and of CommonJS it isn't.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  define: { LIVE_CI_CONFIGURATION: JSON.stringify(configuration()) },
  // Dependencies that are CommonJS call require for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
