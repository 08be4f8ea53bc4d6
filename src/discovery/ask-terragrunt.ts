/**
 * Asks the `terragrunt` on the PATH what units depend on. It runs what their configuration runs (`run_cmd`), in a checkout of the
 * commit, with the stacks generated that make them. `terragrunt find` leaves out, without a word, what it can't evaluate; so `terragrunt hcl validate` is asked first.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../errors.ts';
import { checkoutsBeside } from '../repository/checkout.ts';
import { toolEnvironment } from '../runner/environment.ts';
import type { Grounds, Watched } from './cache/last-answer.ts';
import type { Repository } from './source/open.ts';
import { resolveInside } from './source/source-tree.ts';
import { directoriesAbove, filtersForStacks } from './stacks/filters.ts';

/** Paths in the repository. */
export interface TerragruntsView {
  dependencies: string[];
  reads: string[];
}

/** A refusal says in Terragrunt's words why it can't tell. */
export type Answer = TerragruntsView | { refusal: string };

/** By unit. Undefined when there is no Terragrunt. */
export type AskTerragrunt = (units: readonly string[]) => Promise<ReadonlyMap<string, Answer> | undefined>;

const foundSchema = z.array(
  z.object({
    path: z.string(),
    dependencies: z.array(z.string()).default([]),
    reading: z.array(z.string()).default([]),
  }),
);
const diagnosticsSchema = z.array(z.object({ summary: z.string(), detail: z.string() }));

/** @param commit undefined is the working tree */
export function terragruntAt(
  repository: Repository,
  commit: string | undefined,
  { environment, submodules }: { environment: NodeJS.ProcessEnv; submodules: boolean },
): AskTerragrunt {
  const tools = toolEnvironment(environment);
  return async (units) => {
    if ((await terragrunt(repository.directory, ['--version'], tools)) === undefined) return undefined;
    if (commit === undefined) return askIn(repository.root, units, tools);
    await using checkout = await checkoutsBeside(repository.directory, { submodules }).at(commit);
    await generateStacks(checkout.directory, units, tools);
    return await askIn(checkout.directory, units, tools);
  };
}

/** What it answers may be something else the next time. */
export function askingAt(
  repository: Repository,
  commit: string | undefined,
  { config, environment }: Grounds,
  { ran }: Watched,
): AskTerragrunt {
  const ask = terragruntAt(repository, commit, { environment, submodules: config.github.submodules });
  return (units) => {
    ran();
    return ask(units);
  };
}

/**
 * Not in a working tree, which is the user's own: there a unit is known once the user has generated its stack. What fails here,
 * the questions about the units tell again.
 */
async function generateStacks(directory: string, units: readonly string[], environment: NodeJS.ProcessEnv) {
  const missing = units.filter((unit) => !existsSync(join(directory, unit)));
  if (missing.length === 0) return;
  const above = new Set(missing.flatMap(directoriesAbove));
  await terragrunt(directory, ['stack', 'generate', ...filtersForStacks(above)], environment);
}

async function askIn(
  directory: string,
  units: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const unit of units) {
    const refusal = await refusalOf(directory, unit, environment);
    if (refusal !== undefined) answers.set(unit, { refusal });
  }
  const accepted = units.filter((unit) => !answers.has(unit));
  if (accepted.length === 0) return answers;
  const command = ['find', '--json', '--dependencies', '--reading', ...accepted.flatMap(filterFor)];
  const said = await terragrunt(directory, command, environment);
  for (const { path, dependencies, reading } of parsed(said?.out, foundSchema)) {
    const inside = (paths: string[]) => paths.map(resolveInside).filter((path) => path !== undefined);
    answers.set(path, { dependencies: inside(dependencies), reads: inside(reading) });
  }
  return answers;
}

/** Why Terragrunt can't evaluate the unit; undefined when it can. */
async function refusalOf(directory: string, unit: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const said = await terragrunt(directory, ['hcl', 'validate', '--json', ...filterFor(unit)], environment);
  if (said === undefined || said.code === 0) return undefined;
  const [first] = parsed(said.out, diagnosticsSchema);
  if (first === undefined) return said.error.trim().replaceAll(`${directory}/`, '') || `exit code ${said.code}`;
  return `${first.summary}: ${first.detail}`.replaceAll(`${directory}/`, '').replace(/\.?\s*$/, '');
}

function filterFor(unit: string): string[] {
  return ['--filter', `{./${unit}}`];
}

function parsed<T>(text: string | undefined, schema: z.ZodType<T[]>): T[] {
  try {
    return schema.parse(JSON.parse(text ?? ''));
  } catch {
    return []; // no answer about any unit
  }
}

interface Said {
  code: number;
  out: string;
  error: string;
}

const minutes = 60_000;

/** Undefined when there is no Terragrunt on the PATH. */
function terragrunt(directory: string, args: string[], environment: NodeJS.ProcessEnv): Promise<Said | undefined> {
  const quiet = ['--non-interactive', '--no-color', '--log-level', 'error'];
  const options = { cwd: directory, env: environment, maxBuffer: 64 * 1024 * 1024, timeout: 10 * minutes };
  return new Promise((resolve) => {
    execFile('terragrunt', [...args, ...quiet], options, (failure, out, error) => {
      if (failure?.code === 'ENOENT') resolve(undefined);
      else resolve({ code: failure === null ? 0 : Number(failure.code) || 1, out, error: error || messageOf(failure) });
    });
  });
}
