/** What a plan would do, out of `show -json` (Terraform's "JSON Output Format", "Plan Representation"). */
import * as z from 'zod';
import { RunError } from '../errors.ts';
import type { RunResult } from '../model.ts';

const change = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  importing: z.unknown().optional(),
});

const moduleSchema = z.object({
  resources: z.array(z.object({ mode: z.string() })).default([]),
  get child_modules() {
    return z.array(moduleSchema).default([]);
  },
});
type Module = z.infer<typeof moduleSchema>;

const planSchema = z.object({
  resource_changes: z
    .array(z.object({ address: z.string().default(''), change, previous_address: z.string().optional() }))
    .default([]),
  output_changes: z.record(z.string(), change).default({}),
  prior_state: z
    .object({
      values: z
        .object({
          root_module: moduleSchema.prefault({}),
        })
        .optional(),
    })
    .optional(),
});

export interface PlannedChanges {
  /** A replacement counts as one added and one destroyed, as Terraform prints it. */
  counts: { add: number; change: number; destroy: number };
  /** What an approver must not overlook: the resources that are destroyed, and whether new ones take their place. At most 500. */
  destroys: RunResult['destroys'];
  /** Names of root outputs whose value changes, sorted. */
  outputsChanged: string[];
  /** Nothing to apply: no resource changes, is moved, imported or forgotten, and no output changes. */
  empty: boolean;
  /** Resources are there when it is applied: the plan does not destroy everything. */
  leaves: boolean;
  /** The state held resources or outputs when the plan was made. */
  existed: boolean;
}

/** @throws RunError when the text isn't a plan */
export function readPlan(json: string): PlannedChanges {
  const parsed = planSchema.safeParse(parseJson(json));
  if (!parsed.success) {
    throw new RunError(`the plan's JSON has an unknown form: ${z.prettifyError(parsed.error)}`, {
      cause: parsed.error,
    });
  }
  const { resource_changes: resources, output_changes: outputs, prior_state: prior } = parsed.data;
  const count = (action: string) => resources.filter((resource) => resource.change.actions.includes(action)).length;
  const outputsChanged = Object.keys(outputs)
    .filter((name) => !isIdle(outputs[name]?.actions ?? []))
    .sort();
  return {
    counts: { add: count('create'), change: count('update'), destroy: count('delete') },
    destroys: resources
      .filter(({ change }) => change.actions.includes('delete'))
      .map(({ address, change }) => ({ address, replaced: change.actions.includes('create') }))
      .slice(0, 500),
    outputsChanged,
    empty:
      outputsChanged.length === 0 &&
      resources.every(
        (resource) =>
          isIdle(resource.change.actions) &&
          resource.previous_address === undefined &&
          (resource.change.importing ?? null) === null,
      ),
    leaves: resources.some(({ change }) => change.actions.some((action) => lasting.has(action))),
    // Not the outputs in prior_state: those of a new unit are there as soon as its data sources have been read.
    existed:
      Object.values(outputs).some(({ before }) => (before ?? null) !== null) ||
      (prior?.values !== undefined && holdsResources(prior.values.root_module)),
  };
}

/** What a plan does to resources that it does not remove. Data sources are only read. */
const lasting = new Set(['create', 'update', 'no-op']);

function isIdle(actions: readonly string[]): boolean {
  return actions.every((action) => action === 'no-op' || action === 'read');
}

/** Data sources that were read for the plan are in its prior state, too, and say nothing about what was there before. */
function holdsResources(module: Module): boolean {
  return module.resources.some(({ mode }) => mode === 'managed') || module.child_modules.some(holdsResources);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new RunError(`the plan could not be read as JSON: ${String(error)}`, { cause: error });
  }
}
