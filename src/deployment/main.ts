/** What serverless.yml asks for, as one CommonJS file: dist/deployment.cjs. */
import { readConfig } from '../config/load.ts';
import { readCommandLine } from './command-line.ts';
import { templateSettings } from './template-settings.ts';

export { DeploymentPlugin } from './plugin.ts';

/**
 * The configuration is looked for where `serverless` runs.
 * @param prefix `<service>-<stage>`, which is the stack's name.
 * @param built the folder that the command line was built into.
 */
export const deploymentSettings = (prefix: string, built: string) => {
  const { config, said } = readConfig(process.cwd());
  return templateSettings(config, { prefix, commandLine: readCommandLine(built, said).key });
};
