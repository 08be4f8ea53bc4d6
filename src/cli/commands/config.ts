import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { inLines } from '../../config/check.ts';
import { configFile, type ReadConfig, readConfig } from '../../config/load.ts';
import { type Config, configSchema } from '../../config/schema.ts';
import { ConfigError, GitError, messageOf, UsageError } from '../../errors.ts';
import { named } from '../../named.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag } from '../command.ts';
import { print } from '../print.ts';

export async function config(input: CommandInput): Promise<number> {
  const [what, file] = input.positionals;
  if (file !== undefined && !existsSync(file)) throw new ConfigError(`There is no file ${file}.`);
  const environment = file === undefined ? process.env : { LIVE_CI_CONFIG: file };
  switch (what) {
    case 'check':
      return check(environment);
    case 'show': {
      const { config } = readConfig('.', environment);
      print(flag(input, 'json') ? JSON.stringify(config, undefined, 2) : stringify(config, { lineWidth: 0 }).trimEnd());
      return 0;
    }
    case 'reference': {
      const { referencePage } = await import('../../config/reference.ts');
      process.stdout.write(referencePage());
      return 0;
    }
    case 'schema': {
      const { editorSchema } = await import('../../config/json-schema.ts');
      print(JSON.stringify(editorSchema(), undefined, 2));
      return 0;
    }
    default:
      throw new UsageError('Say live-ci config check, show, schema or reference.');
  }
}

/** Mistakes go out as they are, a line each, so that editors and CI find `file:line:column`. */
async function check(environment: NodeJS.ProcessEnv): Promise<number> {
  if (environment.LIVE_CI_CONFIG === undefined && !existsSync(configFile))
    throw new ConfigError(
      `There is no ${configFile} in this directory; name a file, or write one: docs/configuration.md.`,
    );
  try {
    const read = readConfig('.', environment);
    const { said, config } = read;
    print(
      `Right: ${Object.keys(said as object).length} setting(s) are said; live-ci config show prints all that holds.`,
    );
    const missing = missingOnAws(config);
    if (missing.length > 0)
      print(`For your own machine, that is: a deployment to AWS is refused without ${missing.join(' and ')}.`);
    await lookForNamed(read);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** Warns of names that nothing in this directory's repository has. They stop nothing: what they name may be to come. */
async function lookForNamed({ config, origin, placeOf }: ReadConfig): Promise<void> {
  const { namedInVain, namingSettings } = await import('../../discovery/named-in-vain.ts');
  const defaults = configSchema.parse({});
  const naming = namingSettings.filter((name) => !isDeepStrictEqual(config[name], defaults[name]));
  if (naming.length === 0) return;
  try {
    const found = await namedInVain('.', config);
    const warnings = found.map((one) => ({ message: plain(`warning: ${one.message}`), place: placeOf(one) }));
    if (warnings.length > 0) process.stderr.write(`${inLines(origin, warnings)}\n`);
  } catch (error) {
    if (!(error instanceof GitError || error instanceof UsageError)) throw error;
    print(
      `Not looked at: whether there is what ${named(naming)} name, since that takes a checkout of the repository. ${plain(messageOf(error))}`,
    );
  }
}

/** Settings whose defaults are nobody's. */
function missingOnAws(config: Config): string[] {
  const defaults = configSchema.parse({});
  return (['accountId', 'repository'] as const).filter((name) => config[name] === defaults[name]);
}
