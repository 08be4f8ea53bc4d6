import { existsSync } from 'node:fs';
import { stringify } from 'yaml';
import { configFile, readConfig } from '../../config/load.ts';
import { type Config, configSchema } from '../../config/schema.ts';
import { ConfigError, UsageError } from '../../errors.ts';
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
function check(environment: NodeJS.ProcessEnv): number {
  if (environment.LIVE_CI_CONFIG === undefined && !existsSync(configFile))
    throw new ConfigError(
      `There is no ${configFile} in this directory; name a file, or write one: docs/configuration.md.`,
    );
  try {
    const { said, config } = readConfig('.', environment);
    print(
      `Right: ${Object.keys(said as object).length} setting(s) are said; live-ci config show prints all that holds.`,
    );
    const missing = missingOnAws(config);
    if (missing.length > 0)
      print(`For your own machine, that is: a deployment to AWS is refused without ${missing.join(' and ')}.`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** Settings whose defaults are nobody's. */
function missingOnAws(config: Config): string[] {
  const defaults = configSchema.parse({});
  return (['accountId', 'repository'] as const).filter((name) => config[name] === defaults[name]);
}
