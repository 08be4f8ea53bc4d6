/**
 * Units of which can't be known, without running something, what they depend on. What the configuration lists under
 * `extraDependencies` counts; else Terragrunt is asked; else it is an error, or a warning where the configuration says so.
 */
import type { DiscoverySettings } from '../config/schema.ts';
import { DiscoveryError, UnknowableError } from '../errors.ts';
import type { Answer, AskTerragrunt, TerragruntsView } from './ask-terragrunt.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import type { SourceTree } from './source/source-tree.ts';

export type Answers = ReadonlyMap<string, Answer>;

/** What Terragrunt says of those that can't be known and that the configuration says nothing about, where it may be asked. */
export async function answersAbout(
  units: readonly EvaluatedUnit[],
  { config, ask }: { config: DiscoverySettings; ask?: AskTerragrunt | undefined },
): Promise<Answers | undefined> {
  if (!mayAsk(config)) return undefined;
  const open = units.filter((unit) => unit.problem instanceof UnknowableError && unit.tool === 'terragrunt');
  const asked = open.map(({ path }) => path).filter((path) => !isTold(path, config));
  return asked.length > 0 ? ask?.(asked) : undefined;
}

function isTold(path: string, config: DiscoverySettings): boolean {
  return Object.hasOwn(config.extraDependencies, path);
}

/** The same units: those that were settled without their problem, with what Terragrunt answered. */
export function settleUnknowable(
  tree: SourceTree,
  units: readonly EvaluatedUnit[],
  answers: Answers | undefined,
  { config, warn }: { config: DiscoverySettings; warn?: (message: string) => void },
): EvaluatedUnit[] {
  return units.map((unit) => {
    if (!(unit.problem instanceof UnknowableError)) return unit;
    const answer = answers?.get(unit.path);
    if (isTold(unit.path, config)) return { ...unit, problem: undefined };
    if (answer && 'dependencies' in answer) return complete(tree, unit, answer);
    const problem = new DiscoveryError(explained(unit, answer, config));
    if (!onlyWarns(config)) return { ...unit, problem };
    warn?.(problem.message);
    return { ...unit, problem: undefined };
  });
}

/** Whether what can't be known stops nothing. */
export function onlyWarns(config: DiscoverySettings): boolean {
  return config.unknownDependencies.endsWith('warn');
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

function explained(
  { path, problem, tool }: EvaluatedUnit,
  answer: Answer | undefined,
  config: DiscoverySettings,
): string {
  const asked = answer && 'refusal' in answer ? ` (asked for it, Terragrunt says: ${answer.refusal})` : '';
  const unasked = tool === 'terragrunt' && !mayAsk(config) ? ` (${whyNotAsked})` : '';
  return `${problem?.message}${asked}${unasked}. Write what can be computed from the files of the repository, or list the dependencies of ${path} under extraDependencies in the configuration (an empty list says that there are no others).`;
}

const whyNotAsked =
  'Terragrunt is not asked, since that runs what the unit runs: unknownDependencies and the option --ask say whether it is';

function mayAsk(config: DiscoverySettings): boolean {
  return config.unknownDependencies.startsWith('ask');
}
