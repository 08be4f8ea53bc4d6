/** How serverless-esbuild bundles the Lambdas: the deployment's configuration is read, and put in, at that moment. */
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');

module.exports = () => {
  const file = process.env.LIVE_CI_CONFIG || join(__dirname, 'live-ci.config.yml');
  if (process.env.LIVE_CI_CONFIG && !existsSync(file))
    throw new Error(`LIVE_CI_CONFIG names ${file}, which does not exist.`);
  const settings = existsSync(file) ? (parse(readFileSync(file, 'utf8')) ?? {}) : {};
  return {
    bundle: true,
    minify: true,
    sourcemap: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outputFileExtension: '.mjs',
    keepOutputDirectory: false,
    exclude: [],
    define: { LIVE_CI_CONFIGURATION: JSON.stringify(settings) },
    // Dependencies that are CommonJS call require for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  };
};
