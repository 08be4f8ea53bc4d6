/**
 * Units of which can't be known, without running something, what they depend on. What the configuration lists under
 * `extraDependencies` counts; else Terragrunt is asked; else it is an error, or a warning where the configuration says so.
 */
import type { Config } from '../config/schema.ts';
import { DiscoveryError, UnknowableError } from '../errors.ts';
import type { Answer, AskTerragrunt, TerragruntsView } from './ask-terragrunt.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import type { SourceTree } from './source/source-tree.ts';

export interface Settling {
  config: Config;
  ask: AskTerragrunt | undefined;
  warn: (message: string) => void;
}

/** The same units: those that were settled without their problem, with what Terragrunt answered. */
export async function settleUnknowable(
  tree: SourceTree,
  units: readonly EvaluatedUnit[],
  { config, ask, warn }: Settling,
): Promise<readonly EvaluatedUnit[]> {
  const open = units.filter(({ problem }) => problem instanceof UnknowableError);
  if (open.length === 0) return units;
  const told = (path: string) => Object.hasOwn(config.extraDependencies, path);
  const asked = open.filter(({ path, tool }) => tool === 'terragrunt' && !told(path)).map(({ path }) => path);
  const mayAsk = config.unknownDependencies.startsWith('ask');
  const answers = mayAsk && asked.length > 0 ? await ask?.(asked) : undefined;
  const settled = open.map((unit): [string, EvaluatedUnit] => {
    const answer = answers?.get(unit.path);
    if (told(unit.path)) return [unit.path, { ...unit, problem: undefined }];
    if (answer && 'dependencies' in answer) return [unit.path, complete(tree, unit, answer)];
    const problem = new DiscoveryError(explained(unit, answer));
    if (config.unknownDependencies.endsWith('error')) return [unit.path, { ...unit, problem }];
    warn(problem.message);
    return [unit.path, { ...unit, problem: undefined }];
  });
  const byPath = new Map(settled);
  return units.map((unit) => byPath.get(unit.path) ?? unit);
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
    problem: undefined,
  };
}

function explained({ path, problem }: EvaluatedUnit, answer: Answer | undefined): string {
  const asked = answer && 'refusal' in answer ? ` (asked for it, Terragrunt says: ${answer.refusal})` : '';
  return `${problem?.message}${asked}. Write what can be computed from the files of the repository, or list the dependencies of ${path} under extraDependencies in the configuration (an empty list says that there are no others).`;
}
