/**
 * From one tree of files to its units: find them ▸ evaluate each ▸ resolve what it depends on ▸ hash what it reads.
 * Everything here is computed from the tree, the configuration and the environment; nothing is run.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { DiscoverySettings } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { Tool, Unit } from '../model.ts';
import { type EvaluatedUnit, evaluateTerraform, evaluateTerragrunt, toolOf } from './evaluate-unit.ts';
import { Unknown } from './hcl/values.ts';
import type { ParseCache } from './parsed-files.ts';
import { isWithin, resolveLink } from './resolve-link.ts';
import { openSession } from './session.ts';
import type { SourceTree } from './source/source-tree.ts';
import type { Stacks } from './stacks/generated.ts';
import { rootModules, statesOf } from './terraform/roots.ts';
import type { Link } from './terragrunt/dependencies.ts';

export interface DiscoverOptions {
  config: DiscoverySettings;
  environment: NodeJS.ProcessEnv;
  cache: ParseCache;
  /** Evaluate only the units below this directory. */
  within?: string;
  /** Keep a unit that can't be understood, with its `problem`, instead of throwing. For trees that are history. */
  tolerant?: boolean;
  /** A Terragrunt unit that is known to be the same as in another tree, so that it need not be evaluated. */
  known?: (path: string) => Discovered | undefined;
}

/** A unit and why it would change. */
export interface Discovered {
  unit: Unit;
  /** The unit's own files. */
  own: ReadonlySet<string>;
  /** The modules that it runs, with the files of each, by directory. */
  modules: ReadonlyMap<string, ReadonlySet<string>>;
  /** Everything it reads, own files and modules included. */
  reads: ReadonlySet<string>;
  /** False for a configuration that others include and that runs nothing itself, and for an excluded one. */
  runnable: boolean;
  /** True when it is not runnable because it says so itself. */
  excluded: boolean;
  problem: DiscoveryError | undefined;
}

/**
 * All units, by path.
 * @throws DiscoveryError
 */
export function discover(tree: SourceTree, options: DiscoverOptions): Map<string, Discovered> {
  const session = openSession(tree, options);
  const configurations = terragruntConfigurations(tree);
  const wanted = (path: string) => isWithin(path, options.within ?? '.');
  const { stacks } = tree;
  if (stacks && !options.tolerant) refuseUnknown(stacks, options.within ?? '.');
  const patterns = stacks?.sources ?? new Set<string>();
  const tolerated = (path: string) => options.tolerant === true || patterns.has(path);
  const found = new Map<string, Discovered>();
  const evaluated: EvaluatedUnit[] = [];
  for (const [path, file] of configurations) {
    if (!wanted(path)) continue;
    const same = options.known?.(path);
    if (same) found.set(path, same);
    else evaluated.push(attempt(path, 'terragrunt', tolerated(path), () => evaluateTerragrunt(session, path, file)));
  }
  const taken = new Set([
    ...configurations.keys(),
    ...evaluated.flatMap(({ modules }) => modules.map((module) => module.directory)),
    ...[...found.values()].flatMap(({ modules }) => [...modules.keys()]),
  ]);
  const roots = rootModules(session, taken);
  const states = statesOf(session, roots);
  for (const root of roots)
    if (wanted(root.directory))
      evaluated.push(
        attempt(root.directory, toolOf(session, root), tolerated(root.directory), () =>
          evaluateTerraform(session, root, states, options.config),
        ),
      );
  const paths = new Set([...configurations.keys(), ...roots.map((root) => root.directory)]);
  const extra = extraDependencies(options, paths);
  for (const one of evaluated) {
    const dependencies = attemptLinks(tree, one, linksOf(one, options.config), paths, tolerated(one.path));
    // A stack's pattern that makes no sense where it lies is no unit there.
    if (one.problem && patterns.has(one.path)) one.runnable = false;
    for (const path of [...one.known, ...(extra.get(one.path) ?? [])]) dependencies.add(path);
    found.set(one.path, finish(tree, one, [...dependencies].sort()));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Directories of Terragrunt units with the file that configures each; native syntax wins over JSON. */
function terragruntConfigurations(tree: SourceTree): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of tree.files) {
    const name = posix.basename(file);
    if (name === 'terragrunt.hcl' || (name === 'terragrunt.hcl.json' && !found.has(posix.dirname(file))))
      found.set(posix.dirname(file), file);
  }
  return found;
}

/** How many problems are told at once. */
const mostProblems = 10;

/** @throws DiscoveryError when there are units of stacks in or around a directory that can't be known */
function refuseUnknown({ problems }: Stacks, within: string): void {
  const messages = problems
    .filter(({ directory }) => isWithin(directory, within) || isWithin(within, directory))
    .map(({ error }) => error.message);
  if (messages.length === 0) return;
  const more = messages.length > mostProblems ? [`(and ${messages.length - mostProblems} more)`] : [];
  throw new DiscoveryError([...messages.slice(0, mostProblems), ...more].join('\n'));
}

/** What a unit declares; without what can't be known when the configuration says what that is. */
function linksOf(one: EvaluatedUnit, config: DiscoverySettings): Link[] {
  return Object.hasOwn(config.extraDependencies, one.path)
    ? one.links.filter(({ path }) => !(path instanceof Unknown))
    : one.links;
}

/** The unit, or, where mistakes are tolerated, one of which only the problem is known. */
function attempt(path: string, tool: Tool, tolerated: boolean, evaluate: () => EvaluatedUnit): EvaluatedUnit {
  try {
    return evaluate();
  } catch (error) {
    if (!tolerated || !(error instanceof DiscoveryError)) throw error;
    const nothing = { own: new Set<string>(), modules: [], reads: new Set<string>(), links: [], known: [] };
    return { path, tool, runnable: true, excluded: false, ...nothing, problem: error };
  }
}

function attemptLinks(
  tree: SourceTree,
  one: EvaluatedUnit,
  links: readonly Link[],
  units: ReadonlySet<string>,
  tolerated: boolean,
): Set<string> {
  try {
    return new Set(links.flatMap((link) => resolveLink(tree, one.path, link, units)));
  } catch (error) {
    if (!tolerated || !(error instanceof DiscoveryError)) throw error;
    one.problem ??= error;
    return new Set();
  }
}

function extraDependencies({ config, tolerant }: DiscoverOptions, units: ReadonlySet<string>): Map<string, string[]> {
  const extra = new Map(Object.entries(config.extraDependencies));
  for (const path of [...extra].flatMap(([unit, targets]) => [unit, ...targets]))
    if (!units.has(path) && !tolerant)
      throw new DiscoveryError(
        `extraDependencies in the configuration names ${path}, which is not a unit; correct or remove it.`,
      );
  return new Map([...extra].map(([unit, targets]) => [unit, targets.filter((target) => units.has(target))]));
}

function finish(tree: SourceTree, one: EvaluatedUnit, dependencies: string[]): Discovered {
  const { path, tool, own, reads, runnable, excluded, problem } = one;
  const modules = new Map(
    one.modules.filter(({ directory }) => directory !== path).map((module) => [module.directory, module.reads]),
  );
  return {
    unit: { path, tool, dependencies, fingerprint: fingerprintOf(tree, reads) },
    own,
    modules,
    reads,
    runnable,
    excluded,
    problem,
  };
}

/** Hash of the paths and contents of all files. */
function fingerprintOf(tree: SourceTree, reads: ReadonlySet<string>): string {
  const hash = createHash('sha256');
  let lines = '';
  for (const path of [...reads].sort()) lines += `${tree.blob(path) ?? '-'} ${path}\n`;
  return hash.update(lines).digest('hex');
}
