/**
 * Where a unit's state is kept: it must outlive the checkout. Looked up where the tool will really write it: in the backend that was initialized,
 * in the data directory and the workspace that the plan and the apply will have, with what flags make of it, and behind links.
 */
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import * as z from 'zod';
import { RunError } from '../errors.ts';

/** What `init` leaves in the data directory about the backend; nothing when there is none. */
const initializedSchema = z.object({
  backend: z.object({ type: z.string(), config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});

const renderedSchema = z.object({
  terraform: z
    .object({
      extra_arguments: z
        .record(
          z.string(),
          z.object({
            commands: z.array(z.string()).nullish(),
            arguments: z.array(z.string()).nullish(),
            env_vars: z.record(z.string(), z.string()).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** What a command of the tool finds. */
interface Circumstances {
  environment: NodeJS.ProcessEnv;
  /** That Terragrunt adds. */
  flags: string[];
}

export interface LastingState {
  unit: string;
  /** The checkout's directory, absolute. */
  checkout: string;
  /** Where the tool was initialized, absolute. */
  working: string;
  /** Of the tool. */
  environment: NodeJS.ProcessEnv;
  /** The unit's configuration as Terragrunt evaluates it; undefined for other tools. */
  rendered?: string | undefined;
}

/** @throws RunError when the state lies inside of the checkout */
export async function requireLastingState({ unit, checkout, ...where }: LastingState): Promise<void> {
  const root = await realpath(checkout);
  for (const command of ['plan', 'apply'])
    for (const state of await statesOf(circumstancesOf(command, where), command, where.working)) {
      const below = relative(root, await behindLinks(state));
      if (below === '..' || below.startsWith(`..${sep}`)) continue;
      throw new RunError(
        `${unit} keeps its state inside its own directory (${below.split(sep).at(-1)}), which is gone after this run; configure a backend for it (a "backend" block in Terraform and OpenTofu, "remote_state" in Terragrunt) that keeps the state elsewhere, in each workspace.`,
      );
    }
}

function circumstancesOf(
  command: string,
  { environment, rendered }: Pick<LastingState, 'environment' | 'rendered'>,
): Circumstances {
  const { terraform } = renderedSchema.parse(rendered === undefined ? {} : JSON.parse(rendered));
  const added = Object.values(terraform?.extra_arguments ?? {}).filter(({ commands }) => commands?.includes(command));
  return {
    environment: Object.assign({ ...environment }, ...added.map(({ env_vars: variables }) => variables ?? {})),
    flags: added.flatMap(({ arguments: flags }) => flags ?? []),
  };
}

/** That a plan has; another workspace has another state. */
export async function workspaceOf({ working, ...where }: Omit<LastingState, 'unit' | 'checkout'>): Promise<string> {
  const { environment } = circumstancesOf('plan', where);
  return workspaceIn(environment, dataDirectory(environment, working));
}

/** Files that the command reads or writes as states; none when they are kept by something else than a local backend. */
async function statesOf({ environment, flags }: Circumstances, command: string, working: string): Promise<string[]> {
  const data = dataDirectory(environment, working);
  const backend = await initializedBackend(data);
  if (backend !== undefined && backend.type !== 'local') return [];
  const setting = (name: string) => {
    const value = backend?.config?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const workspace = await workspaceIn(environment, data);
  const state =
    workspace === defaultWorkspace
      ? (setting('path') ?? 'terraform.tfstate')
      : join(setting('workspace_dir') ?? 'terraform.tfstate.d', workspace, 'terraform.tfstate');
  const words = [environment.TF_CLI_ARGS, environment[`TF_CLI_ARGS_${command}`]];
  const given = [...words.flatMap((text) => text?.split(/\s+/) ?? []), ...flags].flatMap(
    (flag) => /^--?state(?:-out)?=(.+)$/.exec(flag)?.[1] ?? [],
  );
  return [state, ...given].map((path) => resolve(working, path));
}

function dataDirectory(environment: NodeJS.ProcessEnv, working: string): string {
  return resolve(working, environment.TF_DATA_DIR || '.terraform');
}

export const defaultWorkspace = 'default';

async function workspaceIn(environment: NodeJS.ProcessEnv, data: string): Promise<string> {
  return environment.TF_WORKSPACE || (await chosenWorkspace(data)) || defaultWorkspace;
}

async function initializedBackend(data: string) {
  const text = await readFile(join(data, 'terraform.tfstate'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (initializedSchema.parse(JSON.parse(text)).backend ?? undefined);
}

/** By `terraform workspace select`, as a hook may do it. */
async function chosenWorkspace(data: string): Promise<string | undefined> {
  return (await readFile(join(data, 'environment'), 'utf8').catch(() => undefined))?.trim();
}

/** Where a file really lies that may not be there yet. */
async function behindLinks(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  return (
    real ?? (dirname(path) === path ? path : join(await behindLinks(dirname(path)), relative(dirname(path), path)))
  );
}
