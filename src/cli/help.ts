/** The texts of `--help`. */
import type { Command } from './command.ts';

export function generalHelp(commands: Record<string, Command>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `live-ci delivers Terraform, OpenTofu and Terragrunt, one directory at a time, in the right order.

Usage: live-ci COMMAND [OPTIONS]        live-ci COMMAND --help tells more

Commands:
${list.join('\n')}

Try it in any live repository, nothing is changed and no network is touched:
  live-ci graph
  live-ci changes --base HEAD~1 --head HEAD

Exit codes: 0 done, 1 failed, 2 wrong use. Output is for people; --json is for programs.
`;
}

export function commandHelp(name: string, command: Command): string {
  const rows = Object.entries(command.options).map(([option, { short, value, help }]) => {
    const words = `${short ? `-${short}, ` : ''}--${option}${value ? ` ${value}` : ''}`;
    return [words, help] as const;
  });
  const width = Math.max(0, ...rows.map(([words]) => words.length));
  const options = rows.map(([words, help]) => `  ${words.padEnd(width)}  ${help}`);
  return `live-ci ${name}: ${command.summary}

Usage: live-ci ${name} ${command.usage}

${command.details}
${options.length > 0 ? `\nOptions:\n${options.join('\n')}\n` : ''}`;
}
