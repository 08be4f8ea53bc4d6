/** What a plan would do, out of `show -json` (Terraform's "JSON Output Format", "Plan Representation"). */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { RunError } from '../errors.ts';
import type { Counts, RunResult } from '../model.ts';

const change = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  importing: z.unknown().optional(),
});

const resourceChange = z.object({
  address: z.string().default(''),
  deposed: z.string().optional(),
  change,
  previous_address: z.string().optional(),
});
type ResourceChange = z.infer<typeof resourceChange>;

const checkSchema = z.object({
  address: z.object({ to_display: z.string() }),
  instances: z
    .array(z.object({ status: z.string(), problems: z.array(z.object({ message: z.string() })).default([]) }))
    .default([]),
});

const moduleSchema = z.object({
  resources: z.array(z.object({ mode: z.string() })).default([]),
  get child_modules() {
    return z.array(moduleSchema).default([]);
  },
});
type Module = z.infer<typeof moduleSchema>;

const planSchema = z.object({
  resource_changes: z.array(resourceChange).default([]),
  output_changes: z.record(z.string(), change).default({}),
  checks: z.array(checkSchema).default([]),
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
  counts: Counts;
  /** SHA-256 of what it does, in hex: of addresses, actions and values, and of nothing that says when it was made. */
  content: string;
  /** What an approver must not overlook: the resources that are destroyed, and whether new ones take their place. At most 500. */
  destroys: RunResult['destroys'];
  /** Names of root outputs whose value changes, sorted. */
  outputsChanged: string[];
  /** Checks that fail with these changes, each as a sentence. */
  failedChecks: string[];
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
  const { resource_changes: resources, output_changes: outputs, checks, prior_state: prior } = parsed.data;
  const count = (action: string) => resources.filter((resource) => resource.change.actions.includes(action)).length;
  const changing = resources.filter(changes);
  const outputsChanged = Object.keys(outputs)
    .filter((name) => !isIdle(outputs[name]?.actions ?? []))
    .sort();
  return {
    counts: {
      add: count('create'),
      change: count('update'),
      destroy: count('delete'),
      import: resources.filter(isImported).length,
      move: resources.filter(isMoved).length,
      forget: count('forget'),
    },
    content: createHash('sha256')
      .update(JSON.stringify([changing, outputsChanged.map((name) => [name, outputs[name]])]))
      .digest('hex'),
    destroys: resources
      .filter(({ change }) => change.actions.includes('delete'))
      .map(({ address, change }) => ({ address, replaced: change.actions.includes('create') }))
      .slice(0, 500),
    outputsChanged,
    failedChecks: checks.flatMap(({ address, instances }) =>
      instances
        .filter(({ status }) => status === 'fail' || status === 'error')
        .flatMap(({ status, problems }) =>
          problems.length > 0
            ? problems.map(({ message }) => `${address.to_display} fails: ${message}`)
            : `${address.to_display} ${status === 'fail' ? 'fails' : 'could not be evaluated'}`,
        ),
    ),
    empty: outputsChanged.length === 0 && changing.length === 0,
    leaves: resources.some(({ change }) => change.actions.some((action) => lasting.has(action))),
    // Not the outputs in prior_state: those of a new unit are there as soon as its data sources have been read.
    existed:
      Object.values(outputs).some(({ before }) => (before ?? null) !== null) ||
      (prior?.values !== undefined && holdsResources(prior.values.root_module)),
  };
}

/** What a plan does to resources that it does not remove. Data sources are only read. */
const lasting = new Set(['create', 'update', 'no-op']);

/** Whether anything happens to a resource or to what the state says of it. */
function changes(resource: ResourceChange): boolean {
  return !isIdle(resource.change.actions) || isMoved(resource) || isImported(resource);
}

function isMoved({ previous_address: before }: ResourceChange): boolean {
  return before !== undefined;
}

function isImported({ change: { importing } }: ResourceChange): boolean {
  return (importing ?? null) !== null;
}

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
