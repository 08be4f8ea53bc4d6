/**
 * From one tree of files to its units: find them ▸ evaluate each ▸ resolve what it depends on ▸ hash what it reads.
 * Everything here is computed from the tree, the configuration and the environment; nothing is run.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { Tool, Unit } from '../model.ts';
import { type EvaluatedUnit, evaluateTerraform, evaluateTerragrunt, toolOf } from './evaluate-unit.ts';
import { Unknown } from './hcl/values.ts';
import type { ParseCache } from './parsed-files.ts';
import { isWithin, resolveLink } from './resolve-link.ts';
import { filesOfDirectory, openSession, type Session } from './session.ts';
import type { SourceTree } from './source/source-tree.ts';
import { rootModules, statesOf } from './terraform/roots.ts';
import type { Link } from './terragrunt/dependencies.ts';
import { listedAsExcluded } from './terragrunt/excludes-file.ts';
import { patternDirectories } from './terragrunt/stack.ts';

export interface DiscoverOptions {
  config: Config;
  environment: NodeJS.ProcessEnv;
  cache: ParseCache;
  /** Evaluate only the units below this directory. */
  within?: string;
  /** A tree that is history need not agree with today's configuration. */
  past?: boolean;
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
  /** Why the unit can't be understood: its `dependencies` and `reads` are perhaps not all. Terragrunt could not run it either, mostly. */
  problem: DiscoveryError | undefined;
}

/**
 * All units, by path.
 * @throws DiscoveryError when the configuration names a unit that is none
 */
export function discover(tree: SourceTree, options: DiscoverOptions): Map<string, Discovered> {
  const session = openSession(tree, options);
  const configurations = terragruntConfigurations(tree);
  const wanted = (path: string) => isWithin(path, options.within ?? '.');
  const patterns = patternDirectories(session);
  const isExcluded = listedAsExcluded(tree);
  const found = new Map<string, Discovered>();
  const evaluated: EvaluatedUnit[] = [];
  for (const [path, file] of configurations) {
    if (!wanted(path)) continue;
    const same = options.known?.(path);
    if (same) found.set(path, same);
    else evaluated.push(attempt(session, path, 'terragrunt', () => evaluateTerragrunt(session, path, file)));
  }
  const taken = new Set([
    ...configurations.keys(),
    ...evaluated.flatMap(({ modules }) => modules.map((module) => module.directory)),
    ...[...found.values()].flatMap(({ modules }) => [...modules.keys()]),
  ]);
  const roots = rootModules(session, taken);
  const known = { directories: new Set(roots.map((root) => root.directory)), states: statesOf(session, roots) };
  for (const root of roots)
    if (wanted(root.directory))
      evaluated.push(
        attempt(session, root.directory, toolOf(session, root), () =>
          evaluateTerraform(session, root, known, options.config),
        ),
      );
  const paths = new Set([...configurations.keys(), ...known.directories]);
  const extra = extraDependencies(options, paths);
  for (const one of evaluated) {
    const dependencies = resolveLinks(tree, one, linksOf(one, options.config), paths);
    // A stack's pattern that makes no sense where it lies is no unit there.
    if (one.problem && patterns.has(one.path)) one.runnable = false;
    if (one.pattern || patterns.has(one.path)) one.problem = undefined;
    if (isExcluded(one.path)) [one.runnable, one.excluded] = [false, true];
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

/** What a unit declares; without what can't be known when the configuration says what that is. */
function linksOf(one: EvaluatedUnit, config: Config): Link[] {
  return Object.hasOwn(config.extraDependencies, one.path)
    ? one.links.filter(({ path }) => !(path instanceof Unknown))
    : one.links;
}

/** The unit, or one of which only the files and the problem are known. */
function attempt(session: Session, path: string, tool: Tool, evaluate: () => EvaluatedUnit): EvaluatedUnit {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    const own = new Set(filesOfDirectory(session, path));
    const nothing = { own, modules: [], reads: own, links: [], known: [] };
    return { path, tool, runnable: true, excluded: false, pattern: false, ...nothing, problem: error };
  }
}

/** Those that lead to units; another one is a problem of the unit. */
function resolveLinks(
  tree: SourceTree,
  one: EvaluatedUnit,
  links: readonly Link[],
  units: ReadonlySet<string>,
): Set<string> {
  const found = new Set<string>();
  for (const link of links) {
    try {
      for (const path of resolveLink(tree, one.path, link, units)) found.add(path);
    } catch (error) {
      if (!(error instanceof DiscoveryError)) throw error;
      one.problem ??= error;
    }
  }
  return found;
}

function extraDependencies({ config, past }: DiscoverOptions, units: ReadonlySet<string>): Map<string, string[]> {
  const extra = new Map(Object.entries(config.extraDependencies));
  for (const path of [...extra].flatMap(([unit, targets]) => [unit, ...targets]))
    if (!units.has(path) && !past)
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
