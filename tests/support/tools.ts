/** Finds the real tools that tests run, and says so when one can't be had. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { jest } from '@jest/globals';

const projectTools = join(import.meta.dirname, '..', '..', '.tools', 'bin');

/** The environment of this process, with the project's own tools found first. */
export function environmentWithTools(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [projectTools, process.env.PATH ?? ''].join(delimiter) };
}

/** The executable's path, or undefined when it is neither among the project's tools nor on the PATH. */
export function findTool(name: string): string | undefined {
  return (environmentWithTools().PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** `describe` for tests that run a tool: skipped with the reason when it isn't there, failing where CI=true. */
export function describeWithTool(tool: string, name: string, body: () => void): void {
  jest.setTimeout(120_000);
  if (findTool(tool) !== undefined) {
    describe(name, body);
  } else if (process.env.CI === 'true') {
    describe(name, () => {
      test(`${tool} is on the PATH`, () => {
        throw new Error(`${tool} is not on the PATH, and with CI=true nothing may be skipped`);
      });
    });
  } else {
    describe.skip(`${name} (skipped: ${tool} is not on the PATH)`, body);
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
