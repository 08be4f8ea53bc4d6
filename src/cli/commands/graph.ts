import { discoverGraph, type GraphUnit } from '../../discovery/graph.ts';
import type { Unit } from '../../model.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { discovering, typedIn } from '../discovery-settings.ts';
import { coloured, print, printJson, printWarning } from '../print.ts';

/** More would hide the first, and would not be read. */
const mostWarnings = 20;

export async function graph(input: CommandInput): Promise<number> {
  const directory = input.positionals[0] ?? '.';
  const units = await discovering(input, (settings) =>
    discoverGraph(directory, {
      ...settings,
      commit: text(input, 'commit'),
      config: async () => typedIn((await import('../../config/load.ts')).loadConfig(directory), input),
    }),
  );
  const problems = [...new Set(units.flatMap(({ error }) => error ?? []))];
  for (const problem of problems.slice(0, mostWarnings)) printWarning(problem);
  if (problems.length > mostWarnings) printWarning(`${problems.length - mostWarnings} more units can't be understood.`);
  const why = flag(input, 'why');
  if (flag(input, 'json')) printJson(units.map((unit) => (why ? explained(unit) : edges(unit))));
  else if (flag(input, 'mermaid')) print(mermaid(units));
  else
    print(
      ...units.flatMap((unit) =>
        why ? [row({ ...unit, dependencies: [] }), ...places(unit), ...state(unit)] : [row(unit)],
      ),
      `${units.length} unit(s), ${units.reduce((sum, unit) => sum + unit.dependencies.length, 0)} dependencies`,
    );
  return flag(input, 'strict') && problems.length > 0 ? 1 : 0;
}

function edges({ path, dependencies, error }: GraphUnit) {
  return { path, dependencies, ...(error === undefined ? {} : { error }) };
}

function explained(unit: GraphUnit) {
  const { because, states, unknownState } = unit;
  return {
    ...edges(unit),
    because: Object.fromEntries(because),
    writes: states?.writes ?? [],
    ...(unknownState === undefined ? {} : { unknownState }),
  };
}

/** The state that it writes, or why that can't be known. */
function state({ states, unknownState }: GraphUnit): string[] {
  const writes = states?.writes.map((one) => `writes ${plain(one)}`) ?? [];
  const all = unknownState === undefined ? writes : [`its state can't be known: ${plain(unknownState)}`];
  return all.map((line) => `  ${coloured('dim', line)}`);
}

/** Each dependency, and where it is said. */
function places({ dependencies, because }: GraphUnit): string[] {
  const said = new Map(because);
  const width = Math.max(0, ...dependencies.map((path) => plain(path).length));
  return dependencies.map(
    (path) => `  ${coloured('dim', '◂')} ${plain(path).padEnd(width)}  ${coloured('dim', plain(said.get(path) ?? ''))}`,
  );
}

function row({ path, tool, dependencies }: Unit): string {
  const reads = dependencies.length > 0 ? ` ${coloured('dim', '◂')} ${dependencies.map(plain).join(', ')}` : '';
  return `${coloured('bold', plain(path))} ${coloured('dim', tool)}${reads}`;
}

/** A flowchart from dependencies to dependents: the order in which they are delivered. Units outside of the directory are in it, too. */
function mermaid(units: readonly Unit[]): string {
  const paths = new Set(units.flatMap((unit) => [unit.path, ...unit.dependencies]));
  const id = new Map([...paths].sort().map((path, index) => [path, `u${index}`]));
  const nodes = [...id].map(([path, name]) => `  ${name}["${escaped(path)}"]`);
  const edges = units.flatMap((unit) =>
    unit.dependencies.map((dependency) => `  ${id.get(dependency)} --> ${id.get(unit.path)}`),
  );
  return ['flowchart LR', ...nodes, ...edges].join('\n');
}

/** Mermaid reads entities in labels. */
export function escaped(label: string): string {
  return plain(label).replace(/[&"<>#;]/g, (character) => `#${character.codePointAt(0)};`);
}
