/** What serverless.yml asks for, as one CommonJS file: dist/deployment.cjs. */
import manifest from '../../package.json' with { type: 'json' };
import { readConfig } from '../config/load.ts';
import { templateSettings } from './template-settings.ts';

export { DeploymentPlugin } from './plugin.ts';

/**
 * The configuration is looked for where `serverless` runs.
 * @param prefix `<service>-<stage>`, which is the stack's name.
 */
export const deploymentSettings = (prefix: string) => {
  const { config, said } = readConfig(process.cwd());
  const commandLine = process.env.LIVE_CI_PACKAGE ?? `${manifest.name}@${manifest.version}`;
  return templateSettings(config, said, { prefix, commandLine });
};
