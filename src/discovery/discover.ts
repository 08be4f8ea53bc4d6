/**
 * From one tree of files to its units: find them ▸ evaluate each ▸ resolve what it depends on ▸ hash what it reads.
 * Everything here is computed from the tree, the configuration and the environment; nothing is run.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { Tool, Unit } from '../model.ts';
import { errorAt } from './hcl/file.ts';
import { Unknown } from './hcl/values.ts';
import type { ParseCache } from './parsed-files.ts';
import { repositoryPath } from './reads.ts';
import { filesOfDirectory, openSession, type Session } from './session.ts';
import type { SourceTree } from './source/source-tree.ts';
import { type Module, moduleClosure, readModule } from './terraform/module.ts';
import { rootModules, stateLinks, statesOf } from './terraform/roots.ts';
import type { Link } from './terragrunt/dependencies.ts';
import { terragruntUnit } from './terragrunt/unit.ts';

export interface DiscoverOptions {
  config: Config;
  environment: NodeJS.ProcessEnv;
  cache: ParseCache;
  /** Evaluate only the units below this directory. */
  within?: string;
  /** Keep a unit that can't be understood, with its `problem`, instead of throwing. For trees that are history. */
  tolerant?: boolean;
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
  /** False for a configuration that others include and that runs nothing itself. */
  runnable: boolean;
  problem: DiscoveryError | undefined;
}

/** A unit before its links are resolved. */
interface Evaluated {
  path: string;
  tool: Tool;
  own: ReadonlySet<string>;
  modules: readonly Module[];
  reads: Set<string>;
  runnable: boolean;
  links: Link[];
  /** Dependencies that need no resolving. */
  known: string[];
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
  const evaluated = [...configurations]
    .filter(([path]) => wanted(path))
    .map(([path, file]) => attempt(path, options, () => evaluateTerragrunt(session, path, file)));
  const taken = new Set([
    ...configurations.keys(),
    ...evaluated.flatMap(({ modules }) => modules.map((module) => module.directory)),
  ]);
  const roots = rootModules(session, taken);
  const states = statesOf(session, roots);
  for (const root of roots)
    if (wanted(root.directory))
      evaluated.push(attempt(root.directory, options, () => evaluateTerraform(session, root, states, options.config)));
  const paths = new Set([...configurations.keys(), ...roots.map((root) => root.directory)]);
  const extra = extraDependencies(options, paths);
  return new Map(
    evaluated
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map((one) => {
        const dependencies = attemptLinks(session, one, paths, options);
        for (const path of [...one.known, ...(extra.get(one.path) ?? [])]) dependencies.add(path);
        return [one.path, finish(tree, one, [...dependencies].sort())] as const;
      }),
  );
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

function isWithin(path: string, directory: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`);
}

function attempt(path: string, options: DiscoverOptions, evaluate: () => Evaluated): Evaluated {
  try {
    return evaluate();
  } catch (error) {
    if (!options.tolerant || !(error instanceof DiscoveryError)) throw error;
    const nothing = { own: new Set<string>(), modules: [], reads: new Set<string>(), links: [], known: [] };
    return { path, tool: 'terragrunt', runnable: true, ...nothing, problem: error };
  }
}

function evaluateTerragrunt(session: Session, path: string, file: string): Evaluated {
  const unit = terragruntUnit(session, file);
  const runnable = unit.hasSource || readModule(session, path) !== undefined;
  const own = new Set(runnable ? filesOfDirectory(session, path) : [file]);
  const modules = runnable ? moduleClosure(session, unit.module ?? path) : [];
  return {
    path,
    tool: 'terragrunt',
    own,
    modules,
    reads: allReads(unit.reads, own, modules),
    runnable,
    links: unit.links,
    known: [],
    problem: undefined,
  };
}

function evaluateTerraform(session: Session, root: Module, states: Map<string, string>, config: Config): Evaluated {
  const modules = moduleClosure(session, root.directory);
  const own = new Set(filesOfDirectory(session, root.directory));
  const known = new Set<string>();
  for (const { identity, file, at } of stateLinks(session, root.directory, modules)) {
    if (identity instanceof Unknown) {
      if (root.directory in config.extraDependencies) continue;
      throw errorAt(
        file,
        at,
        `which state this reads can't be known: ${identity.reason}. Write it so that it can be computed, or list the dependencies of ${root.directory} under extraDependencies in the configuration (an empty list says that there are none).`,
      );
    }
    const target = identity === undefined ? undefined : states.get(identity);
    if (target !== undefined) known.add(target);
  }
  return {
    path: root.directory,
    tool: root.opentofu || hasOpentofuVersion(session.tree, root.directory) ? 'opentofu' : 'terraform',
    own,
    modules,
    reads: allReads([], own, modules),
    runnable: true,
    links: [],
    known: [...known],
    problem: undefined,
  };
}

function allReads(direct: Iterable<string>, own: Iterable<string>, modules: readonly Module[]): Set<string> {
  const all = new Set(direct);
  for (const path of own) all.add(path);
  for (const module of modules) for (const path of module.reads) all.add(path);
  return all;
}

function hasOpentofuVersion(tree: SourceTree, directory: string): boolean {
  for (let at = directory; ; at = posix.dirname(at)) {
    if (tree.has(posix.join(at, '.opentofu-version'))) return true;
    if (at === '.') return false;
  }
}

function attemptLinks(
  session: Session,
  one: Evaluated,
  units: ReadonlySet<string>,
  options: DiscoverOptions,
): Set<string> {
  try {
    return new Set(one.links.map((link) => resolveLink(session.tree, one.path, link, units)));
  } catch (error) {
    if (!options.tolerant || !(error instanceof DiscoveryError)) throw error;
    one.problem ??= error;
    return new Set();
  }
}

function resolveLink(tree: SourceTree, unit: string, link: Link, units: ReadonlySet<string>): string {
  const text = String(link.path);
  const path = repositoryPath(tree, unit, text.replace(/\/terragrunt\.hcl(\.json)?$/, ''));
  if (path === undefined)
    throw errorAt(link.file, link.at, `${unit} depends on "${text}", which lies outside of the repository.`);
  const target = tree.real(path) ?? path;
  if (units.has(target)) return target;
  const missing = tree.hasDirectory(target) ? 'where there is no terragrunt.hcl' : 'which does not exist';
  throw errorAt(
    link.file,
    link.at,
    `${unit} depends on ${target}, ${missing}; correct the path or remove the dependency.`,
  );
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

function finish(tree: SourceTree, one: Evaluated, dependencies: string[]): Discovered {
  const { path, tool, own, reads, runnable, problem } = one;
  const modules = new Map(
    one.modules.filter(({ directory }) => directory !== path).map((module) => [module.directory, module.reads]),
  );
  return {
    unit: { path, tool, dependencies, fingerprint: fingerprintOf(tree, reads) },
    own,
    modules,
    reads,
    runnable,
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
