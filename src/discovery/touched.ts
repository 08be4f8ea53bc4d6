/** What the way from one commit to another touches: which units, and why. */
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { TouchedUnit, Unit } from '../model.ts';
import { type Discovered, discover } from './discover.ts';
import { reversed } from './graph/reversed.ts';
import { acyclic } from './graph.ts';
import type { ParseCache } from './parsed-files.ts';
import { reasonsFor } from './reasons.ts';
import { isWithin } from './resolve-link.ts';
import { commitOf } from './source/commit.ts';
import { findRepository, openTree } from './source/open.ts';
import { emptyTree, type SourceTree } from './source/source-tree.ts';
import { withStacks } from './stacks/expand.ts';
import { originsOf } from './stacks/source.ts';

export interface TouchedOptions {
  /** Any revision; null is the empty tree, to which everything is new. */
  base: string | null;
  head: string;
  config: Config;
  environment?: NodeJS.ProcessEnv;
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
}

/**
 * The commits' trees are compared, so it makes no difference whether one is an ancestor of the other. A rename is a deletion
 * and an addition. What can't be understood at the base commit is no error; at the head commit it is.
 * @throws DiscoveryError, GitError
 */
export async function discoverTouched(directory: string, options: TouchedOptions): Promise<Touched> {
  const repository = await findRepository(directory);
  const [head, base] = await Promise.all([
    commitOf(repository.directory, options.head),
    options.base === null ? null : commitOf(repository.directory, options.base),
  ]);
  const [headFiles, baseFiles] = await Promise.all([
    openTree(repository, head),
    base === null ? emptyTree(repository.root) : openTree(repository, base),
  ]);
  const cache: ParseCache = new Map();
  const { config, environment = process.env } = options;
  const settings = { config, environment, cache, within: repository.prefix };
  const [headTree, baseTree] = [withStacks(headFiles, settings), withStacks(baseFiles, settings)];
  const after = discover(headTree, settings);
  acyclic([...after.values()].map(({ unit }) => unit));
  const known = unchangedUnits(baseTree, headTree, after);
  const before =
    base === null ? new Map<string, Discovered>() : discover(baseTree, { ...settings, tolerant: true, known });
  return {
    base,
    head,
    touched: compare({ before, after, baseTree, headTree }),
    graph: runnableGraph(after),
    unread: unreadChanges({ before, after, baseTree, headTree }, repository.prefix),
  };
}

/**
 * The Terragrunt units that are surely the same in both trees. When no file was added or removed, every search for a file and
 * every dependency ends where it did; then a unit is the same when nothing that it reads changed.
 */
function unchangedUnits(
  base: SourceTree,
  head: SourceTree,
  after: ReadonlyMap<string, Discovered>,
): ((path: string) => Discovered | undefined) | undefined {
  if (namesOf(base) !== namesOf(head)) return undefined;
  return (path) => {
    const one = after.get(path);
    if (one?.unit.tool !== 'terragrunt') return undefined;
    for (const read of one.reads) if (base.blob(read) !== head.blob(read)) return undefined;
    return one;
  };
}

/** All paths, and where links lead, as one text. */
function namesOf(tree: SourceTree): string {
  return `${tree.files.join('\n')}\n${[...tree.links].map(([path, target]) => `${path} -> ${target}`).join('\n')}`;
}

export interface Comparison {
  before: ReadonlyMap<string, Discovered>;
  after: ReadonlyMap<string, Discovered>;
  baseTree: SourceTree;
  headTree: SourceTree;
}

function compare(comparison: Comparison): TouchedUnit[] {
  const { before, after, baseTree } = comparison;
  const graphBefore = new Map(runnableGraph(before).map((unit) => [unit.path, unit]));
  const graphAfter = new Map(runnableGraph(after).map((unit) => [unit.path, unit]));
  const dependents = reversed(new Map([...graphBefore].map(([path, unit]) => [path, unit.dependencies])));
  const touched: TouchedUnit[] = [];
  for (const [path, { tool, dependencies }] of graphAfter) {
    const one = after.get(path) as Discovered;
    const old = graphBefore.has(path) ? before.get(path) : undefined;
    const common = { path, tool, dependencies, dependents: [] };
    const problem = old === undefined ? stackProblem(baseTree, path) : old.problem;
    if (problem)
      touched.push({
        ...common,
        change: 'modified',
        reasons: [`at the base commit it could not be understood (${problem.message})`],
      });
    else if (old === undefined) touched.push({ ...common, change: 'added', reasons: ['new unit'] });
    else if (old.unit.fingerprint !== one.unit.fingerprint)
      touched.push({ ...common, change: 'modified', reasons: reasonsFor(old, one, comparison) });
  }
  for (const [path, { tool, dependencies }] of graphBefore) {
    // An excluded unit stays as it is.
    if (graphAfter.has(path) || after.get(path)?.excluded) continue;
    if (isStillThere(path, comparison)) continue;
    touched.push({
      path,
      change: 'deleted',
      reasons: ['deleted'],
      tool,
      dependencies,
      dependents: dependents.get(path) ?? [],
    });
  }
  return touched.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Why it can't be said which units a stack had in the place of this one. */
function stackProblem({ stacks }: SourceTree, path: string): DiscoveryError | undefined {
  return stacks?.problems.find(({ directory }) => isWithin(path, directory))?.error;
}

/**
 * A deleted unit is destroyed, so it has to be sure that it was meant: a directory that still holds its code is no deletion.
 * @throws DiscoveryError when it was surely a unit and its code is still there
 */
function isStillThere(path: string, { before, baseTree, headTree }: Comparison): boolean {
  const [stack] = baseTree.stacks?.generatedBy.get(path) ?? [];
  if (stack !== undefined && headTree.stacks?.patterns.has(stack))
    throw new DiscoveryError(
      `${path} was a unit at the base commit and is none any more, but ${stack}/terragrunt.stack.hcl, which generated it, is still there: it has become the pattern of another stack, or needs values. Delete the file to destroy what its units made, or make a pattern of its own for the other stack.`,
    );
  const old = before.get(path);
  const terragrunt = old?.unit.tool === 'terragrunt';
  const name = terragrunt ? /^terragrunt\.hcl(\.json)?$/ : /^[^/]+\.(tf|tofu)(\.json)?$/;
  const start = path === '.' ? 0 : path.length + 1;
  const code = headTree.below(path).find((file) => name.test(file.slice(start)));
  if (code === undefined || old?.problem) return code !== undefined;
  const loss = terragrunt ? 'the module that it runs' : 'its backend and providers, or another module calls it now';
  throw new DiscoveryError(
    `${path} was a unit at the base commit and is none any more, but ${code} is still there: it has lost ${loss}. Delete the directory to destroy what it made, or give back what is missing.`,
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
