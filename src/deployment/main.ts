/** What serverless.yml and the bundler ask for, as one CommonJS file: dist/deployment.cjs. */
import { readConfig } from '../config/load.ts';
import { templateSettings } from './template-settings.ts';

/** The deployment's directory is where `serverless` runs. */
function read() {
  return readConfig(process.cwd());
}

export const deploymentSettings = () => {
  const { config, said } = read();
  return templateSettings(config, said);
};

export const configuration = () => read().said;
