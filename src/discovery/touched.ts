/** What the way from one commit to another touches: which units, and why. */
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { TouchedUnit, Unit } from '../model.ts';
import { type Discovered, discover } from './discover.ts';
import { reversed } from './graph/reversed.ts';
import { acyclic } from './graph.ts';
import type { ParseCache } from './parsed-files.ts';
import { reasonsFor } from './reasons.ts';
import { commitOf } from './source/commit.ts';
import { findRepository, openTree } from './source/open.ts';
import { emptyTree, type SourceTree } from './source/source-tree.ts';
import { excludesFile } from './terragrunt/excludes-file.ts';

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
  /** Units of the head commit that can't be understood, and couldn't at the base commit either, by path. */
  problems: ReadonlyMap<string, DiscoveryError>;
}

/**
 * The commits' trees are compared, so it makes no difference whether one is an ancestor of the other. A rename is a deletion
 * and an addition. A unit that can't be understood is an error when the commit made it so; else when it is to be delivered, see `refuseProblems`.
 * @throws DiscoveryError, GitError
 */
export async function discoverTouched(directory: string, options: TouchedOptions): Promise<Touched> {
  const repository = await findRepository(directory);
  const [head, base] = await Promise.all([
    commitOf(repository.directory, options.head),
    options.base === null ? null : commitOf(repository.directory, options.base),
  ]);
  const [headTree, baseTree] = await Promise.all([
    openTree(repository, head),
    base === null ? emptyTree(repository.root) : openTree(repository, base),
  ]);
  const cache: ParseCache = new Map();
  const { config, environment = process.env } = options;
  const settings = { config, environment, cache, within: repository.prefix };
  const after = discover(headTree, settings);
  acyclic([...after.values()].map(({ unit }) => unit));
  const known = unchangedUnits(baseTree, headTree, after);
  const before = base === null ? new Map<string, Discovered>() : discover(baseTree, { ...settings, past: true, known });
  const problems = new Map(
    [...after].flatMap(([path, { problem, runnable }]) => (problem && runnable ? [[path, problem] as const] : [])),
  );
  refuseProblems(
    [...before.values()].filter((one) => one.runnable && !one.problem).map(({ unit }) => unit),
    problems,
  );
  return {
    base,
    head,
    touched: compare({ before, after, baseTree, headTree }),
    graph: runnableGraph(after),
    unread: unreadChanges({ before, after, baseTree, headTree }, repository.prefix),
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

/**
 * The Terragrunt units that are surely the same in both trees. When no file was added or removed, every search for a file and
 * every dependency ends where it did; then a unit is the same when nothing that it reads changed.
 */
function unchangedUnits(
  base: SourceTree,
  head: SourceTree,
  after: ReadonlyMap<string, Discovered>,
): ((path: string) => Discovered | undefined) | undefined {
  if (namesOf(base) !== namesOf(head) || base.blob(excludesFile) !== head.blob(excludesFile)) return undefined;
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
  const { before, after } = comparison;
  const graphBefore = new Map(runnableGraph(before).map((unit) => [unit.path, unit]));
  const graphAfter = new Map(runnableGraph(after).map((unit) => [unit.path, unit]));
  const dependents = reversed(new Map([...graphBefore].map(([path, unit]) => [path, unit.dependencies])));
  const touched: TouchedUnit[] = [];
  for (const [path, { tool, dependencies }] of graphAfter) {
    const one = after.get(path) as Discovered;
    const old = graphBefore.has(path) ? before.get(path) : undefined;
    const common = { path, tool, dependencies, dependents: [] };
    if (old === undefined) touched.push({ ...common, change: 'added', reasons: ['new unit'] });
    else if (old.problem && !one.problem)
      touched.push({
        ...common,
        change: 'modified',
        reasons: [`at the base commit it could not be understood (${old.problem.message})`],
      });
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

/**
 * A deleted unit is destroyed, so it has to be sure that it was meant: a directory that still holds its code is no deletion.
 * @throws DiscoveryError when it was surely a unit and its code is still there
 */
function isStillThere(path: string, { before, headTree }: Comparison): boolean {
  const old = before.get(path);
  const terragrunt = old?.unit.tool === 'terragrunt';
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
  for (const { reads, runnable } of [...before.values(), ...after.values()])
    if (runnable) for (const path of reads) read.add(path);
  const all = new Set([...baseTree.below(prefix), ...headTree.below(prefix)]);
  return [...all].filter((path) => !read.has(path) && baseTree.blob(path) !== headTree.blob(path)).sort();
}
