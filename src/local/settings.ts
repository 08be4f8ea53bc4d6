/**
 * The settings that a local stack is deployed with: what live-ci.config.yml of the working tree said when it was deployed, in a file of the
 * stack's own. Commands and builds take them from there, so that a file that is half written in the working tree stops nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkConfig } from '../config/check.ts';
import { configFile, type ReadConfig, readConfig, readSettings } from '../config/load.ts';
import { ConfigError } from '../errors.ts';
import { git } from '../repository/git.ts';
import { localSettings, repositoryName } from './local-settings.ts';

/** For a repository that has no live-ci.config.yml. */
const unsaid = 'sync: commit\n';

export interface Settings {
  /** What is deployed, as JSON. */
  text: string;
  branch: string;
}

/** Of the repository's working tree. @throws ConfigError */
export async function settingsOf(repository: string): Promise<Settings> {
  const origin = (await git(repository, ['config', '--get', 'remote.origin.url']).catch(() => '')).trim();
  const said = existsSync(join(repository, configFile)) ? readConfig(repository, {}) : readSettings(unsaid, configFile);
  const text = JSON.stringify(localSettings(said, repositoryName(repository, origin)));
  return { text, branch: said.config.branch };
}

/**
 * What is to be said about a commit's settings: that they are not those that are deployed, or that they are none. Undefined when they are
 * deployed.
 * @param deployed file of the settings that are
 */
export async function otherThanDeployed(
  repository: string,
  commit: string,
  deployed: string,
): Promise<string | undefined> {
  const text = await git(repository, ['show', `${commit}:${configFile}`]).catch(() => unsaid);
  const before = readSettings(readFileSync(deployed, 'utf8'), deployed);
  const effective = (said: ReadConfig) =>
    JSON.stringify(checkConfig(localSettings(said, before.config.repository), configFile));
  try {
    if (effective(readSettings(text, configFile)) === effective(before)) return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return `its settings are not what is deployed, and can't be: ${error.message}`;
  }
  return `its ${configFile} says other than what is deployed here; live-ci local up deploys it`;
}
