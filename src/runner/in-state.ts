/** Whether a state shows what a plan does, out of `show -json` of both: where nothing else says that an apply took place. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

const change = z.object({
  actions: z.array(z.string()),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
});

const planSchema = z.object({
  resource_changes: z
    .array(
      z.object({
        address: z.string(),
        previous_address: z.string().optional(),
        deposed: z.string().optional(),
        change,
      }),
    )
    .default([]),
  output_changes: z.record(z.string(), change).default({}),
});

const moduleSchema = z.object({
  resources: z
    .array(z.object({ address: z.string(), values: z.record(z.string(), z.unknown()).nullish() }))
    .default([]),
  get child_modules() {
    return z.array(moduleSchema).default([]);
  },
});
type Module = z.infer<typeof moduleSchema>;

const stateSchema = z.object({
  values: z
    .object({
      outputs: z.record(z.string(), z.object({ value: z.unknown().optional() })).default({}),
      root_module: moduleSchema.prefault({}),
    })
    .optional(),
});

/** How much of what the plan does the state shows. */
export function shownInState(plan: string, state: string): 'all' | 'some' | 'none' {
  const { resource_changes: resources, output_changes: outputs } = planSchema.parse(JSON.parse(plan));
  const { values } = stateSchema.parse(JSON.parse(state));
  const held = new Map(values ? resourcesIn(values.root_module) : []);
  const signs = [
    ...resources.flatMap(({ address, previous_address: before, deposed, change }) => {
      if (deposed !== undefined) return []; // a state as JSON doesn't have it
      const moved = before === undefined ? [] : [!held.has(before) && held.has(address)];
      return [...moved, ...signOf(change, held.get(address))];
    }),
    ...Object.entries(outputs).flatMap(([name, change]) => {
      const output = values?.outputs[name];
      return signOf(change, output && { value: output.value }, 'value');
    }),
  ];
  if (signs.every((sign) => sign)) return 'all';
  return signs.some((sign) => sign) ? 'some' : 'none';
}

/** One sign that a change was made, or none where there is none to see. */
function signOf(
  { actions, after, after_unknown: unknown }: z.infer<typeof change>,
  held: Record<string, unknown> | undefined,
  only?: string,
): boolean[] {
  if (actions.every((action) => action === 'no-op' || action === 'read')) return [];
  if (!actions.includes('create') && !actions.includes('update')) return [held === undefined];
  if (held === undefined) return [false];
  const expected = only === undefined ? after : { [only]: after };
  const open = only === undefined ? unknown : { [only]: unknown };
  if (typeof expected !== 'object' || expected === null) return [true];
  // What is known of an attribute that is unknown in part is left to the others.
  const known = Object.entries(expected).filter(([name]) => !isUnknown(open, name));
  return [known.every(([name, value]) => isDeepStrictEqual(held[name] ?? null, value ?? null))];
}

function isUnknown(unknown: unknown, name: string): boolean {
  if (unknown === true) return true;
  const inside =
    typeof unknown === 'object' && unknown !== null ? (unknown as Record<string, unknown>)[name] : undefined;
  if (typeof inside === 'object' && inside !== null) return JSON.stringify(inside).includes('true');
  return inside === true;
}

function resourcesIn({ resources, child_modules: children }: Module): [string, Record<string, unknown>][] {
  const own = resources.map(({ address, values }): [string, Record<string, unknown>] => [address, values ?? {}]);
  return [...own, ...children.flatMap(resourcesIn)];
}
