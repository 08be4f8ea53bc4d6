/**
 * Whether Terragrunt would plan a unit with mock outputs. It says so only in some cases, and when it mixes mocks with real
 * outputs it says nothing; so it is asked, in three steps:
 *
 * 1. `terragrunt render` tells the unit's dependencies, and which of them have mocks for a plan.
 * 2. A configuration that reads the outputs of just those, without any mocks, is rendered in the unit's place: what comes
 *    out is what the dependencies really have, found by Terragrunt's own quick way.
 * 3. A mock is used for a dependency that has no outputs; for a key that is missing, where the unit lets Terragrunt fill
 *    in what is missing; and always where the unit skips the outputs.
 */
import { resolve } from 'node:path';
import * as z from 'zod';
import { quoted } from '../discovery/hcl/quoted.ts';
import { RunError } from '../errors.ts';

const values = z.record(z.string(), z.unknown());

const dependencySchema = z.object({
  config_path: z.string(),
  enabled: z.boolean().nullish(),
  skip: z.boolean().nullish(),
  mock_outputs: values.nullish(),
  mock_outputs_allowed_terraform_commands: z.array(z.string()).nullish(),
  mock_outputs_merge_strategy_with_state: z.string().nullish(),
  mock_outputs_merge_with_state: z.boolean().nullish(),
});

const renderedSchema = z.object({ dependency: z.record(z.string(), dependencySchema).nullish() });

const probedSchema = z.object({ inputs: z.record(z.string(), values.or(z.literal('')).nullish()) });

export interface MockedDependency {
  /** Absolute: the dependency's directory, or its configuration file. */
  path: string;
  mocks: Record<string, unknown>;
  /** What happens to mocks when the dependency has outputs: nothing, or keys that are missing are filled in. */
  fills: 'nothing' | 'keys' | 'nested keys';
  /** The unit never reads the real outputs. */
  skipped: boolean;
}

/**
 * The dependencies that have mocks for a plan.
 * @param directory the unit's, absolute
 * @param rendered what `terragrunt render --json` printed
 */
export function dependenciesWithMocks(directory: string, rendered: string): MockedDependency[] {
  const { dependency } = renderedSchema.parse(JSON.parse(rendered));
  return Object.values(dependency ?? {}).flatMap((block) => {
    const commands = block.mock_outputs_allowed_terraform_commands ?? [];
    const forPlans = commands.length === 0 || commands.includes('plan');
    if (!block.mock_outputs || block.enabled === false || !forPlans) return [];
    const strategy =
      block.mock_outputs_merge_strategy_with_state ?? (block.mock_outputs_merge_with_state ? 'shallow' : 'no_merge');
    return {
      path: resolve(directory, block.config_path),
      mocks: block.mock_outputs,
      fills: strategy === 'no_merge' ? 'nothing' : strategy === 'shallow' ? 'keys' : 'nested keys',
      skipped: block.skip === true,
    } satisfies MockedDependency;
  });
}

/** A Terragrunt configuration whose inputs are the real outputs of the dependencies: `d0`, `d1`, … */
export function probeConfiguration(dependencies: readonly MockedDependency[]): string {
  const blocks = dependencies.map(
    ({ path }, index) => `dependency "d${index}" {\n  config_path = ${quoted(path)}\n}\n`,
  );
  const inputs = dependencies.map((_, index) => `  d${index} = try(dependency.d${index}.outputs, null)\n`);
  return `${blocks.join('')}inputs = {\n${inputs.join('')}}\n`;
}

/**
 * @param rendered what `terragrunt render --json` printed for the probe
 * @throws RunError that names the dependencies for which mocks would be used
 */
export function refuseMocks(unit: string, checkout: string, dependencies: MockedDependency[], rendered: string): void {
  const { inputs } = probedSchema.parse(JSON.parse(rendered));
  const complaints = dependencies.flatMap((dependency, index) => {
    const name = nameIn(checkout, dependency.path);
    const outputs = inputs[`d${index}`] || undefined;
    if (dependency.skipped) return `the outputs of ${name} are skipped (skip_outputs)`;
    if (outputs === undefined || Object.keys(outputs).length === 0) return `${name} has no outputs yet`;
    const missing = missingKeys(dependency, outputs);
    return missing.length === 0 ? [] : `${name} has no output ${missing.join(', ')} yet`;
  });
  if (complaints.length === 0) return;
  throw new RunError(
    `${unit} would be planned with mock_outputs, because ${complaints.join(' and ')}; deliver what it depends on first, or take the mock_outputs out.`,
  );
}

function missingKeys({ mocks, fills }: MockedDependency, outputs: Record<string, unknown>): string[] {
  if (fills === 'nothing') return [];
  return missing(mocks, outputs, fills === 'nested keys');
}

function missing(mocks: Record<string, unknown>, real: Record<string, unknown>, nested: boolean): string[] {
  return Object.entries(mocks).flatMap(([key, mock]) => {
    if (!(key in real)) return key;
    const value = real[key];
    return nested && isMap(mock) && isMap(value) ? missing(mock, value, nested).map((inner) => `${key}.${inner}`) : [];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameIn(checkout: string, path: string): string {
  const directory = path.replace(/\/[^/]*\.hcl(\.json)?$/, '');
  return directory.startsWith(`${checkout}/`) ? directory.slice(checkout.length + 1) : directory;
}
