/** Units before their dependencies are resolved: what they declare, what they run and what they read. */
import { posix } from 'node:path';
import type { DiscoverySettings } from '../config/schema.ts';
import type { DiscoveryError } from '../errors.ts';
import type { Tool } from '../model.ts';
import { errorAt } from './hcl/file.ts';
import { Unknown } from './hcl/values.ts';
import { filesOfDirectory, type Session } from './session.ts';
import type { SourceTree } from './source/source-tree.ts';
import { type Module, moduleClosure, readModule } from './terraform/module.ts';
import { stateLinks } from './terraform/roots.ts';
import { dependenciesOf, type Link } from './terragrunt/dependencies.ts';
import { terragruntUnit } from './terragrunt/unit.ts';

/** A unit before its links are resolved. */
export interface EvaluatedUnit {
  path: string;
  tool: Tool;
  own: ReadonlySet<string>;
  modules: readonly Module[];
  reads: Set<string>;
  runnable: boolean;
  /** True when it is not runnable because it says so itself. */
  excluded: boolean;
  links: Link[];
  /** Dependencies that need no resolving. */
  known: string[];
  problem: DiscoveryError | undefined;
}

/** @throws DiscoveryError */
export function evaluateTerragrunt(session: Session, path: string, file: string): EvaluatedUnit {
  if (session.tree.stacks?.elsewhere.has(path)) return evaluateElsewhere(session, path);
  const unit = terragruntUnit(session, file);
  const runs = !unit.pattern && (unit.hasSource || readModule(session, path) !== undefined);
  const runnable = runs && !unit.excluded;
  const own = new Set(runs ? filesOfDirectory(session, path) : [file]);
  const modules = runs ? moduleClosure(session, unit.module ?? path) : [];
  return {
    path,
    tool: 'terragrunt',
    own,
    modules,
    reads: allReads(unit.reads, own, modules),
    runnable,
    excluded: unit.excluded,
    links: unit.links,
    known: [],
    problem: undefined,
  };
}

/** A unit that a stack generates from code outside of the repository: the configuration says what it depends on. */
function evaluateElsewhere(session: Session, path: string): EvaluatedUnit {
  const autoinclude = session.tree.stacks?.autoincludes.get(path);
  const own = new Set(filesOfDirectory(session, path));
  return {
    path,
    tool: 'terragrunt',
    own,
    modules: [],
    reads: allReads([], own, []),
    runnable: true,
    excluded: false,
    links: autoinclude ? dependenciesOf(autoinclude, undefined) : [],
    known: [],
    problem: undefined,
  };
}

/** @throws DiscoveryError */
export function evaluateTerraform(
  session: Session,
  root: Module,
  states: Map<string, string>,
  config: DiscoverySettings,
): EvaluatedUnit {
  const modules = moduleClosure(session, root.directory);
  const own = new Set(filesOfDirectory(session, root.directory));
  const known = new Set<string>();
  for (const { identity, file, at } of stateLinks(session, root.directory, modules)) {
    if (identity instanceof Unknown) {
      if (Object.hasOwn(config.extraDependencies, root.directory)) continue;
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
    tool: toolOf(session, root),
    own,
    modules,
    reads: allReads([], own, modules),
    runnable: true,
    excluded: false,
    links: [],
    known: [...known],
    problem: root.problem,
  };
}

function allReads(direct: Iterable<string>, own: Iterable<string>, modules: readonly Module[]): Set<string> {
  const all = new Set(direct);
  for (const path of own) all.add(path);
  for (const module of modules) for (const path of module.reads) all.add(path);
  return all;
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
