/** `live-ci`: finds the command, parses its words, and turns errors into a sentence and an exit code. */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deployedSettingsFile } from '../config/deployed-settings-file.ts';
import { nearest } from '../config/nearest.ts';
import { LiveCiError, messageOf, UsageError } from '../errors.ts';
import { userCache } from '../user-folders.ts';
import type { Command, CommandInput } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';

const oldestNode = 22;

/** 0 done, 1 failed, 2 wrong use. */
export async function main(words: readonly string[]): Promise<number> {
  if (Number(process.versions.node.split('.')[0]) < oldestNode) {
    process.stderr.write(
      `live-ci: Node ${oldestNode} or newer is needed, and this is ${process.version}; put a newer one on the PATH.\n`,
    );
    return 2;
  }
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(generalHelp(commands));
    return 0;
  }
  try {
    const command = find(name);
    if (rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(commandHelp(name, command));
      return 0;
    }
    const input = parse(name, command, rest);
    // What Node makes of the sources, from one run to the next.
    module.enableCompileCache(userCache(process.env, 'compiled'));
    return await (await command.run())(input);
  } catch (error) {
    process.stderr.write(`live-ci: ${describe(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** @throws UsageError */
function find(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command;
  const suggestion = nearest(name, Object.keys(commands));
  const hint = suggestion ? `did you mean "${suggestion}"?` : 'live-ci --help lists them.';
  throw new UsageError(`There is no command "${name}"; ${hint}`);
}

/** @throws UsageError */
function parse(name: string, command: Command, words: string[]): CommandInput {
  try {
    const { values, positionals } = parseArgs({ args: words, options: command.options, allowPositionals: true });
    if (positionals.length > command.arguments) {
      throw new UsageError(`Too many arguments: ${positionals.slice(command.arguments).join(' ')}.`);
    }
    return { options: values, positionals };
  } catch (error) {
    throw new UsageError(`${messageOf(error).replace(/\.?$/, '.')} Use: live-ci ${name} ${command.usage}`, {
      cause: error,
    });
  }
}

function describe(error: unknown): string {
  if (error instanceof LiveCiError) return error.message;
  if (error instanceof AggregateError || (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) {
    return `The deployment does not answer (${messageOf(error) || 'connection refused'}); check AWS_ENDPOINT_URL, or run live-ci local up.`;
  }
  return process.env.LIVE_CI_DEBUG && error instanceof Error
    ? String(error.stack)
    : `${messageOf(error)} (set LIVE_CI_DEBUG=1 to see where)`;
}

// In a build: it works with the settings that were deployed with it, and not with what the repository says.
const deployedSettings = join(import.meta.dirname, deployedSettingsFile);
if (existsSync(deployedSettings)) process.env.LIVE_CI_CONFIG = deployedSettings;

// Whoever reads may have seen enough: `live-ci graph | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await main(process.argv.slice(2));
