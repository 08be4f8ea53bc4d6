/** Finds the real tools that tests run, and says so when one can't be had. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { jest } from '@jest/globals';

const projectTools = join(import.meta.dirname, '..', '..', '.tools', 'bin');

/** Folder of `tofu`; it is on nobody's PATH, since Terragrunt runs it in place of Terraform where it finds it. */
export const openTofuFolder = process.env.LIVE_CI_TEST_OPENTOFU ?? '';

/** The environment of this process, with the project's own tools found first. */
export function environmentWithTools(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [projectTools, process.env.PATH ?? ''].join(delimiter) };
}

/** The same, with OpenTofu found before all of them. */
export function environmentWithOpenTofu(): NodeJS.ProcessEnv {
  const { PATH = '', ...environment } = environmentWithTools();
  return { ...environment, PATH: [openTofuFolder, PATH].join(delimiter) };
}

/** The executable's path, or undefined when it is neither among the tools of the project and its tests nor on the PATH. */
export function findTool(name: string): string | undefined {
  return (environmentWithOpenTofu().PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
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
