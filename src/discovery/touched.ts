/** What the way from one commit to another touches: which units, and why. */
import { isDeepStrictEqual } from 'node:util';
import { DiscoveryError } from '../errors.ts';
import type { Tool, TouchedUnit, Unit } from '../model.ts';
import { findCommit } from '../repository/history.ts';
import { terragruntAt } from './ask-terragrunt.ts';
import { UnitCache } from './cache/unit-cache.ts';
import { noteCycles } from './cycles.ts';
import { type Discovered, discover } from './discover.ts';
import { environmentOfPlans } from './environment.ts';
import { reversed } from './graph/reversed.ts';
import { cacheOf, type DiscoveryContext, warnOfSubmodules } from './graph.ts';
import { reasonsFor } from './reasons.ts';
import { isWithin } from './resolve-links.ts';
import { findRepository, openTree } from './source/open.ts';
import { emptyTree, type SourceTree } from './source/source-tree.ts';
import { withStacks } from './stacks/expand.ts';
import type { StackProblem } from './stacks/generated.ts';
import { originsOf } from './stacks/source.ts';
import { type Moves, movesOfStates, noteReadsOfDeleted } from './states/moves.ts';
import { noteSharedStates } from './states/shared.ts';

export interface TouchedOptions extends DiscoveryContext {
  /** Any revision; null is the empty tree, to which everything is new. */
  base: string | null;
  head: string;
  /** Without a base: units that are known to have been there. Those that are gone are deleted. */
  known?: readonly Unit[] | undefined;
}

export interface Touched {
  /** Full commit ids. */
  base: string | null;
  head: string;
  /** Sorted by path. */
  touched: TouchedUnit[];
  /** Every unit that runs something, at the head commit, sorted by path. */
  graph: Unit[];
  /** Changed files that no unit reads, sorted. */
  unread: string[];
  /** Units of the head commit that can't be understood, and couldn't at the base commit either, by path. */
  problems: ReadonlyMap<string, DiscoveryError>;
}

/**
 * The commits' trees are compared, so it makes no difference whether one is an ancestor of the other. A rename is a deletion
 * and an addition. A unit that can't be understood is an error when the commit made or touches it; else when it
 * is to be delivered all the same, see `refuseProblems`.
 * @throws DiscoveryError, GitError
 */
export async function discoverTouched(directory: string, options: TouchedOptions): Promise<Touched> {
  const repository = await findRepository(directory);
  const [head, base] = await Promise.all([
    findCommit(repository.directory, options.head),
    options.base === null ? null : findCommit(repository.directory, options.base),
  ]);
  const { submodules } = options.config.github;
  const opening = Promise.all([
    openTree(repository, head, submodules),
    base === null ? emptyTree(repository.root) : openTree(repository, base, submodules),
  ]);
  // Read while git is at work.
  const kept = cacheOf(repository, options);
  const { config, environment = process.env, warn, progress, known = [] } = options;
  const settings = { config, environment: environmentOfPlans(config, environment), parsed: new Map() };
  const [headTree, baseTree] = (await opening).map((tree) => withStacks(tree, settings)) as [SourceTree, SourceTree];
  // Without a cache on disk, the base commit's units that are the same as at the head are evaluated once all the same.
  const cache = kept?.cache ?? new UnitCache();
  const shared = { ...settings, cache, progress, within: repository.prefix };
  const ask = (commit: string) => terragruntAt(repository, commit, { environment: settings.environment, submodules });
  for (const message of stackWarnings(headTree, baseTree)) warn?.(message);
  warnOfSubmodules(headTree, options);
  const after = await discover(headTree, { ...shared, ask: ask(head), warn });
  const before =
    base === null ? new Map<string, Discovered>() : await discover(baseTree, { ...shared, ask: ask(base), past: true });
  kept?.save();
  for (const units of [after, before]) {
    noteSharedStates(units);
    noteCycles(units);
  }
  const comparison = { before, after, baseTree, headTree };
  const understood = [...before.values()].filter((one) => one.runnable && !one.problem).map(({ unit }) => unit);
  refuseProblems(understood, problemsOf(after));
  const touched = compare(comparison, known);
  const problems = new Map([...noteReadsOfDeleted(touched, after), ...problemsOf(after)]);
  refuseProblems([...understood, ...touched], problems);
  return {
    base,
    head,
    touched,
    graph: runnableGraph(after),
    unread: unreadChanges(comparison, repository.prefix),
    problems,
  };
}

/**
 * What can't be understood can't be put in order, either.
 * @throws DiscoveryError when it concerns one of `units`
 */
export function refuseProblems(units: Iterable<{ path: string }>, problems: ReadonlyMap<string, DiscoveryError>): void {
  for (const { path } of units) {
    const problem = problems.get(path);
    if (problem) throw problem;
  }
}

export interface Comparison {
  before: ReadonlyMap<string, Discovered>;
  after: ReadonlyMap<string, Discovered>;
  baseTree: SourceTree;
  headTree: SourceTree;
}

/** Of units that run something, by path. */
function problemsOf(units: Comparison['after']): Map<string, DiscoveryError> {
  return new Map(
    [...units].flatMap(([path, { problem, runnable }]) => (problem && runnable ? [[path, problem] as const] : [])),
  );
}

function compare(comparison: Comparison, known: readonly Unit[]): TouchedUnit[] {
  const { before, after, baseTree } = comparison;
  const graphBefore = new Map([...known, ...runnableGraph(before)].map((unit) => [unit.path, unit]));
  const graphAfter = new Map(runnableGraph(after).map((unit) => [unit.path, unit]));
  const moves = movesOfStates(graphBefore, graphAfter);
  const dependents = reversed(new Map([...graphBefore].map(([path, unit]) => [path, unit.dependencies])));
  const touched: TouchedUnit[] = [];
  for (const [path, { tool, dependencies }] of graphAfter) {
    const one = after.get(path) as Discovered;
    const old = before.get(path)?.runnable ? before.get(path) : undefined;
    const common = { path, tool, dependencies, dependents: [], ...stateOfTouched(path, moves) };
    const problem = old === undefined ? stackProblem(baseTree, path) : old.problem;
    const more = moves.reasons.get(path) ?? [];
    if (problem && !one.problem)
      touched.push({
        ...common,
        change: 'modified',
        reasons: [`at the base commit it could not be understood (${problem.message})`, ...more],
      });
    else if (old === undefined)
      touched.push({ ...common, change: 'added', reasons: more.length > 0 ? [...more] : ['new unit'] });
    else if (old.unit.fingerprint !== one.unit.fingerprint)
      touched.push({
        ...common,
        ...otherDependencies(graphBefore.get(path)?.dependencies, dependencies),
        change: 'modified',
        reasons: [...reasonsFor(old, one, comparison), ...more],
      });
    else if (more.length > 0) touched.push({ ...common, change: 'modified', reasons: [...more] });
  }
  for (const [path, { tool, dependencies, states }] of graphBefore) {
    // An excluded unit stays as it is, and so does a state that another unit has now.
    if (graphAfter.has(path) || after.get(path)?.excluded || moves.takenOver.has(path)) continue;
    if (isStillThere(path, tool, comparison)) continue;
    touched.push({
      path,
      change: 'deleted',
      reasons: ['deleted'],
      tool,
      dependencies,
      dependents: dependents.get(path) ?? [],
      ...(states && states.writes.length > 0 ? { writes: states.writes } : {}),
    });
  }
  return touched.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function stateOfTouched(
  path: string,
  { movedFrom, stateBefore }: Moves,
): Pick<TouchedUnit, 'movedFrom' | 'stateBefore'> {
  const [from, before] = [movedFrom.get(path), stateBefore.get(path)];
  return {
    ...(from === undefined ? {} : { movedFrom: from }),
    ...(before === undefined ? {} : { stateBefore: before }),
  };
}

function otherDependencies(before: string[] | undefined, now: string[]): Pick<TouchedUnit, 'dependenciesBefore'> {
  return before === undefined || isDeepStrictEqual(before, now) ? {} : { dependenciesBefore: before };
}

/**
 * What can't be known of the stacks at the head commit, when it was so at the base commit and nothing that it comes from has changed.
 * @throws DiscoveryError when this commit makes it so, or may change units that can't be known
 */
function stackWarnings(head: SourceTree, base: SourceTree): string[] {
  const problems = head.stacks?.problems ?? [];
  const isNew = ({ directory, from }: StackProblem) =>
    from.some((path) => head.blob(path) !== base.blob(path)) ||
    !base.stacks?.problems.some((problem) => problem.directory === directory);
  const fresh = problems.filter(isNew).map(({ error }) => error.message);
  if (fresh.length > 0) throw new DiscoveryError(fresh.join('\n'));
  return problems.map(({ error }) => error.message);
}

/** Why it can't be said which units a stack had, or has, in the place of this one. */
function stackProblem({ stacks }: SourceTree, path: string): DiscoveryError | undefined {
  return stacks?.problems.find(({ directory }) => isWithin(path, directory))?.error;
}

/**
 * A deleted unit is destroyed, so it has to be sure that it was meant: a directory that still holds its code is no deletion.
 * @throws DiscoveryError when it was surely a unit and its code is still there
 */
function isStillThere(path: string, tool: Tool, { before, baseTree, headTree }: Comparison): boolean {
  if (stackProblem(headTree, path)) return true;
  const [stack] = baseTree.stacks?.generatedBy.get(path) ?? [];
  if (stack !== undefined && headTree.stacks?.patterns.has(stack))
    throw new DiscoveryError(
      `${path} was a unit at the base commit and is none any more, but ${stack}/terragrunt.stack.hcl, which generated it, is still there: it has become the pattern of another stack, or needs values. Delete the file to destroy what its units made, or make a pattern of its own for the other stack.`,
    );
  const old = before.get(path);
  const terragrunt = tool === 'terragrunt';
  const name = terragrunt ? /^terragrunt\.hcl(\.json)?$/ : /^[^/]+\.(tf|tofu)(\.json)?$/;
  const start = path === '.' ? 0 : path.length + 1;
  const code = headTree.below(path).find((file) => name.test(file.slice(start)));
  if (code === undefined || old?.problem) return code !== undefined;
  const loss = terragrunt ? 'the module that it runs' : 'its backend and providers, or another module calls it now';
  throw new DiscoveryError(
    `${path} was a unit at the base commit and is none any more, but ${code} is still there: it has lost ${loss}. Delete the directory to destroy what it made, or give back what is missing${terragrunt ? ', or leave it alone with an exclude block' : ''}.`,
  );
}

/** The units that run something. What a unit depends on through one that runs nothing, it depends on itself. */
function runnableGraph(all: ReadonlyMap<string, Discovered>): Unit[] {
  const through = (path: string, seen: ReadonlySet<string>): string[] => {
    const target = all.get(path);
    if (target === undefined || target.runnable) return [path];
    return target.unit.dependencies.flatMap((next) => (seen.has(next) ? [] : through(next, new Set([...seen, next]))));
  };
  return [...all.values()]
    .filter(({ runnable }) => runnable)
    .map(({ unit }) => {
      const dependencies = new Set(unit.dependencies.flatMap((path) => through(path, new Set([path]))));
      return { ...unit, dependencies: [...dependencies].sort() };
    });
}

function unreadChanges({ before, after, baseTree, headTree }: Comparison, prefix: string): string[] {
  const read = new Set<string>();
  for (const [tree, units] of [
    [baseTree, before],
    [headTree, after],
  ] as const)
    for (const { reads, runnable } of units.values())
      if (runnable) for (const path of reads) for (const origin of originsOf(tree, path)) read.add(origin);
  const generated = (path: string) => baseTree.stacks?.files.has(path) || headTree.stacks?.files.has(path);
  const all = new Set([...baseTree.below(prefix), ...headTree.below(prefix)]);
  return [...all]
    .filter((path) => !read.has(path) && !generated(path) && baseTree.blob(path) !== headTree.blob(path))
    .sort();
}
