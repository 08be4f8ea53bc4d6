/** What the way from one commit to another touches: which units, and why. */
import { isDeepStrictEqual } from 'node:util';
import type { DiscoverySettings } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { TouchedUnit, Unit } from '../model.ts';
import { findCommit } from '../repository/history.ts';
import { askingAt } from './ask-terragrunt.ts';
import { noLastAnswer } from './cache/last-answer.ts';
import { UnitCache } from './cache/unit-cache.ts';
import { openUnits } from './cache/unit-file.ts';
import {
  cacheOf,
  type DiscoveryContext,
  type EvaluateOptions,
  groundsOf,
  settingsOf,
  warnOfSubmodules,
} from './context.ts';
import { noteCycles } from './cycles.ts';
import { type Discovered, discover, errorOf } from './discover.ts';
import { aboutChanges, changesInDoubt, reasonsInDoubt, toldDoubts } from './doubts.ts';
import { fingerprintOf } from './evaluate-unit.ts';
import { perhapsExamples } from './examples.ts';
import { reachable } from './graph/reachable.ts';
import { reversed } from './graph/reversed.ts';
import { reasonsFor } from './reasons.ts';
import { isWithin } from './resolve-links.ts';
import { findRepository, openTree } from './source/open.ts';
import { emptyTree, type SourceTree } from './source/source-tree.ts';
import { withStacks } from './stacks/expand.ts';
import { type Moves, movesOfStates, noteReadsOfDeleted, noteReadsOfUnknown } from './states/moves.ts';
import { noteSharedStates } from './states/shared.ts';
import { toldUnread, unreadChanges } from './unread.ts';

export interface TouchedOptions extends DiscoveryContext {
  /** Any revision; null is the empty tree, to which everything is new. */
  base: string | null;
  head: string;
  /**
   * Units that are known to have been there: without a base, all of them; else those that the base commit no longer shows, since they had been
   * lost. Those that are gone are deleted.
   */
  known?: readonly Unit[] | undefined;
}

export interface Touched {
  /** Full commit ids. */
  base: string | null;
  head: string;
  /** Sorted by path. */
  touched: TouchedUnit[];
  /** Every unit that runs something, at the head commit, and what was one and can't be told any more, sorted by path. */
  graph: Unit[];
  /** Changed files that no unit reads, sorted. */
  unread: string[];
}

/**
 * The commits' trees are compared, so it makes no difference whether one is an ancestor of the other. A rename is a deletion
 * and an addition. A unit that can't be understood has its `error`, and is no trouble of any other. It is touched when the commit touches it or
 * makes it so; what could not be understood before, either, is left alone.
 * @throws GitError
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
  const cache = cacheOf(repository, options);
  const last = cache?.lastAnswer<Found>('changes') ?? noLastAnswer;
  const trees = await opening;
  const { progress, known = [] } = options;
  const grounds = groundsOf(trees, options, { within: repository.prefix, known });
  const found = await last.answer(grounds, (watched) =>
    evaluateTouched(trees, { repository, base, head, known, cache, grounds, watched, progress }),
  );
  return { base, head, ...found };
}

type Found = Omit<Touched, 'base' | 'head'>;

/** @param trees that of the head commit, and that of the base */
export async function evaluateTouched(
  [committed, committedBefore]: readonly [SourceTree, SourceTree],
  options: EvaluateOptions & Pick<Touched, 'base' | 'head'> & { known: readonly Unit[] },
): Promise<Found> {
  const { repository, base, head, known, cache, grounds, watched } = options;
  const settings = settingsOf(options);
  const [headTree, baseTree] = [withStacks(committed, settings), withStacks(committedBefore, settings)];
  const units = cache && openUnits(cache.units);
  // Without a cache on disk, the base commit's units that are the same as at the head are evaluated once all the same.
  const shared = { ...settings, cache: units?.cache ?? new UnitCache(), resolved: {} };
  const ask = (commit: string) => askingAt(repository, commit, grounds, watched);
  warnOfSubmodules(headTree, settings);
  const after = await discover(headTree, { ...shared, ask: ask(head) });
  const before =
    base === null
      ? new Map<string, Discovered>()
      : await discover(baseTree, { ...shared, ask: ask(base), past: true, warn: () => {} });
  units?.save();
  const comparison = { before, after, baseTree, headTree };
  const { warnings, ...compared } = compareTrees(comparison, {
    config: grounds.config,
    known,
    prefix: repository.prefix,
  });
  for (const sentence of warnings) watched.warn(sentence);
  return compared;
}

export interface Comparison {
  before: ReadonlyMap<string, Discovered>;
  after: ReadonlyMap<string, Discovered>;
  baseTree: SourceTree;
  headTree: SourceTree;
}

export interface Compared extends Found {
  /**
   * Sentences about what units may read, as far as it has to do with what has changed, about changed code that none reads, and about new ones that
   * are perhaps none.
   */
  warnings: string[];
}

interface CompareOptions {
  config: DiscoverySettings;
  /** See TouchedOptions. */
  known?: readonly Unit[];
  /** The directory that is looked at. */
  prefix?: string;
}

export function compareTrees(comparison: Comparison, { config, known = [], prefix = '.' }: CompareOptions): Compared {
  const { before, after } = comparison;
  for (const units of [after, before]) noteSharedStates(units);
  noteCycles(before);
  const byPath = (units: readonly Unit[]) => new Map(units.map((unit) => [unit.path, unit]));
  const graphBefore = byPath([...known, ...runnableGraph(before)]);
  const runnable = byPath(runnableGraph(after));
  const moves = movesOfStates(graphBefore, runnable);
  const gone = goneUnits(graphBefore, runnable, moves, comparison);
  noteReadsOfUnknown([...hidingTheirStates(comparison), ...gone.lost], after);
  noteCycles(after);
  // Whoever reads a state that is gone has a problem from here on.
  const stillRead = noteReadsOfDeleted(gone.deleted, after);
  const deleted = gone.deleted.map((unit) => ({ ...unit, ...errorOf(stillRead.get(unit.path)) }));
  const graph = runnableGraph(after, new Set(gone.lost.map(({ path }) => path)));
  const unread = unreadChanges(comparison, prefix);
  const inDoubt = changesInDoubt(comparison, unread);
  const reasons = new Map(moves.reasons);
  for (const [path, changes] of inDoubt)
    if (graphBefore.has(path)) reasons.set(path, [...(reasons.get(path) ?? []), ...reasonsInDoubt(changes)]);
  const present = graph.flatMap((unit) => touchedUnit(unit, graphBefore, { ...moves, reasons }, comparison));
  const there = graph.map((unit) => {
    const problem = after.get(unit.path)?.problem;
    return problem === undefined ? unit : { ...unit, ...errorOf(problem) };
  });
  const inOrder = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1);
  const touched = [...deleted, ...gone.newlyLost, ...present].sort(inOrder);
  const mayBeRead = new Set([...inDoubt.values()].flat().map(({ path }) => path));
  const warnings = [
    ...toldDoubts(aboutChanges(after, { inDoubt, concerned: concernedBy(touched, graph) })),
    toldUnread(
      unread.filter((path) => !mayBeRead.has(path)),
      comparison,
      config,
    ),
    perhapsExamples(touched, after),
  ];
  return {
    touched,
    graph: [...there, ...gone.lost].sort(inOrder),
    unread,
    warnings: warnings.filter((sentence) => sentence !== undefined),
  };
}

/** The paths of what is touched, and of all that depends on it: their outputs may be other ones after the delivery. */
function concernedBy(touched: readonly TouchedUnit[], graph: readonly Unit[]): ReadonlySet<string> {
  const paths = touched.map(({ path }) => path);
  const readers = reversed(new Map(graph.map(({ path, dependencies }) => [path, dependencies])));
  return new Set([...paths, ...reachable(readers, paths)]);
}

/** Units that can't be understood any more, with the states that they wrote before. */
function hidingTheirStates({ before, after }: Comparison): Pick<Unit, 'path' | 'states'>[] {
  const hiding = [...after.values()].filter(({ problem, states }) => problem && states.writes.length === 0);
  return hiding.flatMap(({ path }) => before.get(path)?.unit ?? []);
}

/** A unit of the head commit, when it is touched. */
function touchedUnit(
  { path, tool, dependencies }: Unit,
  graphBefore: ReadonlyMap<string, Unit>,
  moves: Moves,
  comparison: Comparison,
): TouchedUnit[] {
  const { before, after, baseTree } = comparison;
  const one = after.get(path) as Discovered;
  const old = before.get(path)?.runnable ? before.get(path) : undefined;
  const problem = old === undefined ? stackProblem(baseTree, path) : old.problem;
  const more = moves.reasons.get(path) ?? [];
  const changed = old !== undefined && old.fingerprint !== one.fingerprint;
  // Nearly all.
  if (old && !changed && more.length === 0 && !problem && !one.problem) return [];
  const common = {
    ...{ path, tool, dependencies, dependents: [] },
    ...stateOfTouched(path, moves),
    ...errorOf(one.problem),
  };
  if (problem && !one.problem)
    return [
      {
        ...common,
        change: 'modified',
        reasons: [`at the base commit it could not be understood (${problem.message})`, ...more],
      },
    ];
  if (old === undefined && problem === undefined)
    return [{ ...common, change: 'added', reasons: more.length > 0 ? [...more] : ['new unit'] }];
  if (old !== undefined && changed)
    return [
      {
        ...common,
        ...otherDependencies(graphBefore.get(path)?.dependencies, dependencies),
        change: 'modified',
        reasons: [...reasonsFor(old, one, comparison), ...more],
      },
    ];
  if (more.length > 0) return [{ ...common, change: 'modified', reasons: [...more] }];
  if (one.problem && problem === undefined)
    return [{ ...common, change: 'modified', reasons: ["it can't be understood any more"] }];
  return [];
}

interface Gone {
  deleted: TouchedUnit[];
  /** Units that are none any more although their code is there, with why that is an error. */
  lost: Unit[];
  /** Those of them of which nobody was told before. */
  newlyLost: TouchedUnit[];
}

function goneUnits(
  graphBefore: ReadonlyMap<string, Unit>,
  graphAfter: ReadonlyMap<string, Unit>,
  moves: Moves,
  comparison: Comparison,
): Gone {
  const { after, headTree } = comparison;
  let dependents: Map<string, string[]> | undefined;
  const found: Gone = { deleted: [], lost: [], newlyLost: [] };
  for (const [path, unit] of graphBefore) {
    // An excluded unit stays as it is, and so does a state that another unit has now.
    if (graphAfter.has(path) || after.get(path)?.excluded || moves.takenOver.has(path)) continue;
    const { tool, dependencies, states } = unit;
    const problem = whyLost(unit, comparison);
    if (problem) {
      const fingerprint = fingerprintOf(headTree, headTree.below(path));
      found.lost.push({ ...unit, fingerprint, ...errorOf(problem) });
      const common = { path, tool, dependencies, dependents: [], ...errorOf(problem) };
      if (unit.error === undefined)
        found.newlyLost.push({ ...common, change: 'modified', reasons: ['it is no unit any more'] });
    } else if (problem === undefined) {
      dependents ??= reversed(new Map([...graphBefore].map(([path, unit]) => [path, unit.dependencies])));
      found.deleted.push({
        path,
        change: 'deleted',
        reasons: ['deleted'],
        tool,
        dependencies,
        dependents: dependents.get(path) ?? [],
        ...(states && states.writes.length > 0 ? { writes: states.writes } : {}),
      });
    }
  }
  return found;
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

/** Why it can't be said which units a stack had, or has, in the place of this one. */
function stackProblem({ stacks }: SourceTree, path: string): DiscoveryError | undefined {
  return stacks?.problems.find(({ directory }) => isWithin(path, directory))?.error;
}

/**
 * A deleted unit is destroyed, so it has to be sure that it was meant: a directory that still holds its code is no deletion.
 * @returns null when its code is there and was never understood: nobody knows whether it was a unit
 */
function whyLost(
  { path, tool, error }: Unit,
  { before, baseTree, headTree }: Comparison,
): DiscoveryError | null | undefined {
  const ofStack = stackProblem(headTree, path);
  if (ofStack) return ofStack;
  const [stack] = baseTree.stacks?.generatedBy.get(path) ?? [];
  if (stack !== undefined && headTree.stacks?.patterns.has(stack))
    return new DiscoveryError(
      `${path} was a unit at the base commit and is none any more, but ${stack}/terragrunt.stack.hcl, which generated it, is still there: it has become the pattern of another stack, or needs values. Delete the file to destroy what its units made, or make a pattern of its own for the other stack.`,
    );
  const terragrunt = tool === 'terragrunt';
  const name = terragrunt ? /^terragrunt\.hcl(\.json)?$/ : /^[^/]+\.(tf|tofu)(\.json)?$/;
  const start = path === '.' ? 0 : path.length + 1;
  const code = headTree.below(path).find((file) => name.test(file.slice(start)));
  if (code === undefined) return undefined;
  if (before.get(path)?.problem) return null;
  if (error !== undefined) return new DiscoveryError(error);
  const loss = terragrunt ? 'the module that it runs' : 'its backend and providers, or another module calls it now';
  return new DiscoveryError(
    `${path} was a unit at the base commit and is none any more, but ${code} is still there: it has lost ${loss}. Delete the directory to destroy what it made, or give back what is missing${terragrunt ? ', or leave it alone with an exclude block' : ''}.`,
  );
}

/**
 * The units that run something. What a unit depends on through one that runs nothing, it depends on itself.
 * @param lost units that run nothing any more, and should
 */
function runnableGraph(all: ReadonlyMap<string, Discovered>, lost: ReadonlySet<string> = new Set()): Unit[] {
  const through = (path: string, seen: ReadonlySet<string>): string[] => {
    const target = all.get(path);
    if (target === undefined || target.runnable || lost.has(path)) return [path];
    return target.unit.dependencies.flatMap((next) => (seen.has(next) ? [] : through(next, new Set([...seen, next]))));
  };
  const isEnd = (path: string) => all.get(path)?.runnable !== false || lost.has(path);
  return [...all.values()]
    .filter(({ runnable }) => runnable)
    .map(({ unit }) => {
      if (unit.dependencies.every(isEnd)) return unit;
      const dependencies = new Set(unit.dependencies.flatMap((path) => through(path, new Set([path]))));
      return { ...unit, dependencies: [...dependencies].sort() };
    });
}
