/** What serverless.yml and the bundler ask for, as one CommonJS file: dist/deployment.cjs. */
import manifest from '../../package.json' with { type: 'json' };
import { readConfig } from '../config/load.ts';
import { templateSettings } from './template-settings.ts';

export { DeploymentPlugin } from './plugin.ts';

/** The deployment's directory is where `serverless` runs. */
function read() {
  return readConfig(process.cwd());
}

/** @param prefix `<service>-<stage>`, which is the stack's name. */
export const deploymentSettings = (prefix: string) => {
  const { config, said } = read();
  const commandLine = process.env.LIVE_CI_PACKAGE ?? `${manifest.name}@${manifest.version}`;
  return templateSettings(config, said, { prefix, commandLine });
};

export const configuration = () => read().said;
