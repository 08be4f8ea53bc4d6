/**
 * Units of which can't be known, without running something, what they depend on. What the configuration lists under
 * `extraDependencies` counts; else Terragrunt is asked; else it is an error, or a warning where the configuration says so.
 */
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { Answer, AskTerragrunt, TerragruntsView } from './ask-terragrunt.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import type { SourceTree } from './source/source-tree.ts';

export interface Settling {
  config: Config;
  ask: AskTerragrunt | undefined;
  warn: (message: string) => void;
  tolerant?: boolean;
}

/**
 * The same units, those that Terragrunt was asked about with what it answered.
 * @throws DiscoveryError
 */
export async function settleUnknowable(
  tree: SourceTree,
  units: readonly EvaluatedUnit[],
  { config, ask, warn, tolerant }: Settling,
): Promise<readonly EvaluatedUnit[]> {
  const open = units.filter(({ path, unknowable }) => unknowable && !Object.hasOwn(config.extraDependencies, path));
  if (open.length === 0) return units;
  const mayAsk = config.unknownDependencies.startsWith('ask');
  const askable = mayAsk ? open.filter(({ tool }) => tool === 'terragrunt').map(({ path }) => path) : [];
  const answers = askable.length > 0 ? await ask?.(askable) : undefined;
  const completed = new Map<string, EvaluatedUnit>();
  for (const unit of open) {
    const answer = answers?.get(unit.path);
    if (answer && 'dependencies' in answer) completed.set(unit.path, complete(tree, unit, answer));
    else if (config.unknownDependencies.endsWith('warn')) warn(explained(unit, answer));
    else if (!tolerant) throw new DiscoveryError(explained(unit, answer));
  }
  return units.map((unit) => completed.get(unit.path) ?? unit);
}

function complete(tree: SourceTree, unit: EvaluatedUnit, answer: TerragruntsView): EvaluatedUnit {
  const known = new Set(unit.links.map(({ target }) => target));
  const more = answer.dependencies.filter((target) => !known.has(target));
  const reads = [...new Set([...unit.reads, ...answer.reads.filter((path) => tree.has(path))])].sort();
  return {
    ...unit,
    links: [...unit.links, ...more.map((target) => ({ target, place: `${unit.path}, as Terragrunt evaluates it` }))],
    reads,
    fingerprint: fingerprintOf(tree, reads),
    unknowable: undefined,
  };
}

function explained({ path, unknowable }: EvaluatedUnit, answer: Answer | undefined): string {
  const asked = answer && 'refusal' in answer ? ` (asked for it, Terragrunt says: ${answer.refusal})` : '';
  return `${unknowable}${asked}. Write what can be computed from the files of the repository, or list the dependencies of ${path} under extraDependencies in the configuration (an empty list says that there are no others).`;
}
