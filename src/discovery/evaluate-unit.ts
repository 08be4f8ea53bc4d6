/** Units before their dependencies are resolved: what they declare, what they run and what they read. Plain data. */
import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { DiscoveryError, UnknowableError } from '../errors.ts';
import type { Tool } from '../model.ts';
import type { Doubt } from './doubts.ts';
import { errorAt, placeOf, unknowableAt } from './hcl/file.ts';
import { Unknown } from './hcl/values.ts';
import { repositoryPath } from './repository-path.ts';
import { isWithin } from './resolve-links.ts';
import { filesOfDirectory, type Session } from './session.ts';
import type { SourceTree } from './source/source-tree.ts';
import type { StackProblem } from './stacks/generated.ts';
import { noStates, type States } from './states/states.ts';
import { chosenCalls, type Module, readModule } from './terraform/module.ts';
import { hasState } from './terraform/roots.ts';
import { nothingRun, runningRoot, runOf } from './terraform/run.ts';
import { readStates, writtenStates } from './terraform/states.ts';
import { dependenciesOf, type WrittenLink } from './terragrunt/dependencies.ts';
import { runningModule, statesOfTerragrunt } from './terragrunt/states.ts';
import { terragruntUnit } from './terragrunt/unit.ts';

/** A directory that a unit says it depends on, and where it says so: `file:line:column`. */
export interface Link {
  target: string;
  place: string;
}

/** A unit before its links are resolved. */
export interface EvaluatedUnit {
  path: string;
  tool: Tool;
  /** The unit's own files, sorted. */
  own: readonly string[];
  /** The other modules that it runs, with the files of each. */
  modules: readonly { directory: string; reads: readonly string[] }[];
  /** Everything it reads, own files and modules included, sorted. */
  reads: readonly string[];
  /** Hash of the paths and contents of everything it reads, without what it may read. */
  fingerprint: string;
  /** False for a configuration that others include and that runs nothing itself, and for an excluded one. */
  runnable: boolean;
  /** True when it is not runnable because it says so itself. */
  excluded: boolean;
  /** True for what only a stack makes sense of. */
  pattern: boolean;
  /** What it says by paths. What it depends on by the states that it reads, only all units together tell. */
  links: readonly Link[];
  states: States;
  /** What it reads besides, and nobody can know: what stops nothing. */
  doubts: readonly Doubt[];
  /** The first thing that can't be understood: `links` and `reads` are perhaps not all. Terragrunt could not run it either, mostly. */
  problem: DiscoveryError | undefined;
}

/** @throws DiscoveryError when the file does not parse */
export function evaluateTerragrunt(session: Session, path: string, file: string): EvaluatedUnit {
  const elsewhere = session.tree.stacks?.elsewhere.get(path);
  if (elsewhere) return evaluateElsewhere(session, path, elsewhere);
  const unit = terragruntUnit(session, file);
  // What can't be understood may hold the source.
  const understood = unit.problems.length === 0;
  const runs = !unit.pattern && (unit.hasSource || !understood || readModule(session, path) !== undefined);
  const module = runs ? readModule(session, unit.module ?? path) : undefined;
  const running = module && runningModule(session, path, module, unit);
  const run = running ? runOf(session, running) : nothingRun;
  const { states, doubts } = runs ? statesOfTerragrunt(session, unit, running, run) : { states: noStates, doubts: [] };
  const { links, problems } = locate(session.tree, path, unit.links);
  return {
    ...whatItReads(session, path, {
      direct: [...unit.reads, ...run.reads],
      own: runs ? filesOfDirectory(session, path) : [file],
      modules: run.modules,
    }),
    tool: 'terragrunt',
    runnable: runs && !unit.excluded,
    excluded: unit.excluded,
    pattern: unit.pattern,
    links,
    states,
    doubts: distinct([...unit.doubts, ...run.doubts, ...doubts]),
    problem: worst([...unit.problems, ...problems, ...problemsIn(run.modules)]),
  };
}

/** A unit that a stack generates from code outside of the repository: only the configuration can say what it depends on. */
function evaluateElsewhere(session: Session, path: string, unknowable: UnknowableError): EvaluatedUnit {
  const autoinclude = session.tree.stacks?.autoincludes.get(path);
  const { links, problems } = locate(session.tree, path, autoinclude ? dependenciesOf(autoinclude, undefined) : []);
  return {
    ...whatItReads(session, path, { direct: [], own: filesOfDirectory(session, path), modules: [] }),
    tool: 'terragrunt',
    runnable: true,
    excluded: false,
    pattern: false,
    links,
    states: noStates,
    doubts: [],
    problem: worst([...(autoinclude?.problems ?? []), ...problems, unknowable]),
  };
}

/** What can't be known may yet be answered; anything else can't. */
function worst(problems: readonly DiscoveryError[]): DiscoveryError | undefined {
  return problems.find((problem) => !(problem instanceof UnknowableError)) ?? problems[0];
}

/** The directories in the repository that links mean. */
function locate(tree: SourceTree, unit: string, written: readonly WrittenLink[]) {
  const links: Link[] = [];
  const problems: DiscoveryError[] = [];
  for (const { path: text, file, at } of written) {
    if (text instanceof Unknown) {
      problems.push(unknowableAt(file, at, `the path of the dependency can't be known: ${text.reason}`));
      continue;
    }
    const path = repositoryPath(tree, unit, text.replace(/\/terragrunt\.hcl(\.json)?$/, ''));
    if (path === undefined)
      problems.push(errorAt(file, at, `${unit} depends on "${text}", which lies outside of the repository.`));
    else links.push({ target: tree.real(path) ?? path, place: placeOf(file, at) });
  }
  return { links, problems };
}

/** It is linked to every module that it calls and that has a state, whether that is a unit or not: only all units together tell. */
export function evaluateTerraform(session: Session, root: Module): EvaluatedUnit {
  const running = runningRoot(root);
  const run = runOf(session, running);
  const { modules } = run;
  const chosen = run.instances.flatMap(({ module, scope }) => chosenCalls(session.tree, module, scope));
  const all = [...modules.flatMap(({ calls }) => calls), ...chosen];
  const calls = all.filter(({ directory }) => directory !== root.directory);
  const { reads, problems } = readStates(session, running, run);
  const own = filesOfDirectory(session, root.directory);
  return {
    ...whatItReads(session, root.directory, { direct: run.reads, own, modules }),
    tool: toolOf(session, root),
    runnable: true,
    excluded: false,
    pattern: false,
    links: calls.flatMap(({ directory, file, block }) => {
      const called = readModule(session, directory);
      return called && hasState(session, called) ? [{ target: directory, place: placeOf(file, block.at) }] : [];
    }),
    states: { ...writtenStates(session, running), reads },
    doubts: distinct(run.doubts),
    problem: worst([...problems, ...problemsIn(modules)]),
  };
}

/** The same doubt comes from each place in which a module is called. */
function distinct(doubts: readonly Doubt[]): Doubt[] {
  return [...new Map(doubts.map((doubt) => [`${doubt.message} ${doubt.below}`, doubt])).values()];
}

/** @param modules the one that is run first */
function problemsIn(modules: readonly Module[]): DiscoveryError[] {
  return [...modules.map(({ problem }) => problem), modules[0]?.variablesProblem].filter((one) => one !== undefined);
}

/** What is said of a unit of which nothing but its files is known. */
const unknownUnit = { runnable: true, excluded: false, pattern: false, links: [], states: noStates, doubts: [] };

/** A unit of which only the files and the problem are known. */
export function problemUnit(session: Session, path: string, tool: Tool, problem: DiscoveryError): EvaluatedUnit {
  const files = whatItReads(session, path, { direct: [], own: filesOfDirectory(session, path), modules: [] });
  return { ...files, ...unknownUnit, tool, problem };
}

/**
 * The same units with what can't be known of stacks: a problem of the unit that would be generated in that place, which is a unit of the graph whether
 * it is there or not.
 * @param taken directories of units
 */
export function withStackProblems(
  tree: SourceTree,
  units: readonly EvaluatedUnit[],
  { taken, within }: { taken: ReadonlySet<string>; within: string },
): EvaluatedUnit[] {
  const problems = new Map<string, StackProblem>();
  for (const problem of tree.stacks?.problems ?? [])
    if (!problems.has(problem.directory)) problems.set(problem.directory, problem);
  if (problems.size === 0) return [...units];
  // Nobody can be asked about it: it is no unit yet.
  const asProblem = ({ error }: StackProblem) =>
    error instanceof UnknowableError ? new DiscoveryError(error.message) : error;
  const missing = [...problems.values()].filter(
    ({ directory }) => !taken.has(directory) && isWithin(directory, within),
  );
  return [
    ...units.map((unit) => {
      const problem = problems.get(unit.path);
      return problem
        ? { ...unit, problem: worst([asProblem(problem), ...(unit.problem ? [unit.problem] : [])]) }
        : unit;
    }),
    ...missing.map((problem): EvaluatedUnit => {
      const reads = [...new Set(problem.from)].sort();
      const files = { path: problem.directory, own: [], modules: [], reads, fingerprint: fingerprintOf(tree, reads) };
      return { ...files, ...unknownUnit, tool: 'terragrunt', problem: asProblem(problem) };
    }),
  ];
}

interface Files {
  direct: Iterable<string>;
  own: readonly string[];
  modules: readonly Module[];
}

function whatItReads({ tree }: Session, path: string, { direct, own, modules }: Files) {
  const all = new Set([...direct, ...own, ...modules.flatMap((module) => [...module.reads])]);
  const reads = [...all].sort();
  const others = modules.filter(({ directory }) => directory !== path);
  return {
    path,
    own,
    modules: others.map(({ files }) => files),
    reads,
    fingerprint: fingerprintOf(tree, reads),
  };
}

/** Hash of the paths and contents of all files. */
export function fingerprintOf(tree: SourceTree, reads: readonly string[]): string {
  let lines = '';
  for (const path of reads) lines += `${tree.blob(path) ?? '-'} ${path}\n`;
  return hash('sha256', lines);
}

export function toolOf(session: Session, root: Module): Tool {
  return root.opentofu || hasOpentofuVersion(session.tree, root.directory) ? 'opentofu' : 'terraform';
}

function hasOpentofuVersion(tree: SourceTree, directory: string): boolean {
  for (let at = directory; ; at = posix.dirname(at)) {
    if (tree.has(posix.join(at, '.opentofu-version'))) return true;
    if (at === '.') return false;
  }
}
