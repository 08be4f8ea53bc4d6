/**
 * Units of which can't be known, without running something, what they depend on or read. What the configuration lists under
 * `extraDependencies` and `extraReads` counts; else Terragrunt is asked. Else an unknown dependency is an error, or a warning where the configuration
 * says so; and what is read stays in doubt.
 */
import { posix } from 'node:path';
import type { DiscoverySettings } from '../config/schema.ts';
import { DiscoveryError, UnknowableError } from '../errors.ts';
import type { Answer, AskTerragrunt, TerragruntsView } from './ask-terragrunt.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import type { SourceTree } from './source/source-tree.ts';

export type Answers = ReadonlyMap<string, Answer>;

/** What Terragrunt says of those of which something can't be known that it can tell, and of which the configuration says nothing, where it may be asked. */
export async function answersAbout(
  units: readonly EvaluatedUnit[],
  { config, ask }: { config: DiscoverySettings; ask?: AskTerragrunt | undefined },
): Promise<Answers | undefined> {
  if (!mayAsk(config)) return undefined;
  const isOpen = ({ path, problem, doubts }: EvaluatedUnit) =>
    problem instanceof UnknowableError ? !isTold(path, config) : doubts.some(({ askable }) => askable);
  const open = units.filter((unit) => unit.tool === 'terragrunt' && unit.runnable && isOpen(unit));
  const asked = open.map(({ path }) => path);
  return asked.length > 0 ? ask?.(asked) : undefined;
}

function isTold(path: string, config: DiscoverySettings): boolean {
  return Object.hasOwn(config.extraDependencies, path);
}

type Modules = EvaluatedUnit['modules'];

export interface SettleOptions {
  config: DiscoverySettings;
  warn?: (message: string) => void;
  /** The modules in these directories, and all that they call. */
  modulesIn: (directories: Iterable<string>) => Modules;
}

/** The same units: those that were settled without their problem and their doubts, with what Terragrunt answered. */
export function settleUnknowable(
  tree: SourceTree,
  units: readonly EvaluatedUnit[],
  answers: Answers | undefined,
  { config, warn, modulesIn }: SettleOptions,
): EvaluatedUnit[] {
  return units.map((unit) => {
    const answer = answers?.get(unit.path);
    if (answer && 'dependencies' in answer) return complete(tree, unit, answer, modulesIn);
    if (!(unit.problem instanceof UnknowableError)) return unit;
    if (isTold(unit.path, config)) return { ...unit, problem: undefined };
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

/** Of the module that a unit runs, Terragrunt names the files of code alone. */
function complete(
  tree: SourceTree,
  unit: EvaluatedUnit,
  answer: TerragruntsView,
  modulesIn: SettleOptions['modulesIn'],
): EvaluatedUnit {
  const known = new Set(unit.links.map(({ target }) => target));
  const more = answer.dependencies.filter((target) => !known.has(target));
  const before = new Set(unit.reads);
  const found = answer.reads.filter((path) => tree.has(path) && !before.has(path));
  const code = found.filter((path) => /\.(tf|tofu)(\.json)?$/.test(path)).map((path) => posix.dirname(path));
  const modules = [...unit.modules, ...modulesIn(new Set(code.filter((directory) => directory !== unit.path)))];
  const reads = [...new Set([...unit.reads, ...found, ...modules.flatMap(({ reads }) => reads)])].sort();
  return {
    ...unit,
    links: [...unit.links, ...more.map((target) => ({ target, place: `${unit.path}, as Terragrunt evaluates it` }))],
    modules,
    reads,
    fingerprint: fingerprintOf(tree, reads),
    doubts: unit.doubts.filter(({ askable }) => !askable),
    problem: unit.problem instanceof UnknowableError ? undefined : unit.problem,
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
