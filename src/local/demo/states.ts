/** The state files on the disk: what is really there, whatever anybody says. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const stateSchema = z.looseObject({
  outputs: z.record(z.string(), z.looseObject({ value: z.unknown() })),
  resources: z.array(
    z.looseObject({
      mode: z.string(),
      module: z.string().optional(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.looseObject({ status: z.string().optional(), attributes: z.looseObject({ input: z.unknown().optional() }) }),
      ),
    }),
  ),
});

/** Of one unit: address ▸ the input that its resource has. Ids and serial numbers are left out. */
export type State = Record<string, unknown>;

/** Unit path ▸ state, for each state file below `folder`. */
export async function readStates(folder: string): Promise<Map<string, State>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const units = names.filter((name) => name.endsWith('.tfstate')).sort();
  const entries = await Promise.all(
    units.map(async (name) => [name.slice(0, -'.tfstate'.length), await readState(join(folder, name))] as const),
  );
  return new Map(entries);
}

async function readState(file: string): Promise<State> {
  const state = stateSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const managed = state.resources.filter(({ mode }) => mode === 'managed');
  return Object.fromEntries(
    managed.map(({ module, type, name, instances }) => [
      `${module ? `${module}.` : ''}${type}.${name}`,
      instances.map(({ attributes, status }) => [inputOf(attributes.input), status ?? 'whole']),
    ]),
  );
}

/** Values of any type are kept with their type beside them: `{"value": …, "type": …}`. */
function inputOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'value' in input ? input.value : input;
}
