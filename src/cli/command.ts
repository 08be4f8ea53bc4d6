/** What a command of `live-ci` is: its words for `--help`, its options, and what it does. */
import type { ParseArgsOptionDescriptor } from 'node:util';

export interface Option extends ParseArgsOptionDescriptor {
  /** What stands for the value in the help: "REV". */
  value?: string;
  help: string;
}

export interface CommandInput {
  /** As parsed: strings, booleans, or arrays of strings. */
  options: Record<string, string | boolean | (string | boolean)[] | undefined>;
  positionals: string[];
}

export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** What comes behind the command's name. */
  usage: string;
  /** For `--help` of the command: a paragraph or two. */
  details: string;
  options: Record<string, Option>;
  /** Most positional arguments that are taken. */
  arguments: number;
  /** Loads what the command needs. Answers the exit code: 0 done, 1 failed. */
  run: () => Promise<(input: CommandInput) => Promise<number>>;
}

/** A string option, or undefined. */
export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}

/** The values of an option that may be given more than once. */
export function texts(input: CommandInput, name: string): string[] {
  return [input.options[name] ?? []].flat().map(String);
}
