/** Which programs the builds on this machine deliver with: those that their PATH leads to. */
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const names = ['terraform', 'tofu', 'terragrunt'];
const longestMilliseconds = 10_000;

/**
 * A sentence: which tools there are, their versions, and where they lie.
 * @param directory where they are asked; not a checkout, whose files could say what is to be run
 */
export async function describeTools(path: string, directory: string): Promise<string> {
  const found = names.flatMap((name) => placeOf(name, path) ?? []);
  if (found.length === 0)
    return `neither ${names.join(' nor ')} is on the PATH: install what your units need before you push`;
  const told = await Promise.all(found.map((tool) => describe(tool, path, directory)));
  return `delivering with ${told.join(', ')}`;
}

interface Tool {
  name: string;
  file: string;
}

/** As a shell finds it; what a relative part of the PATH names is another program in each directory. */
function placeOf(name: string, path: string): Tool | undefined {
  const file = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find(isProgram);
  return file === undefined ? undefined : { name, file };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function describe({ name, file }: Tool, path: string, directory: string): Promise<string> {
  const options = {
    cwd: directory,
    // Terraform asks its maker for a newer version otherwise.
    env: { ...process.env, PATH: path, CHECKPOINT_DISABLE: '1' },
    timeout: longestMilliseconds,
  };
  return new Promise((resolve) => {
    execFile(file, ['--version'], options, (_failure, said) => {
      const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(said)?.[0] ?? 'of unknown version';
      resolve(`${name} ${version} (${file})`);
    });
  });
}
