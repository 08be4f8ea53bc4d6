/**
 * Terraform's and OpenTofu's units: directories of code with a backend or a state, or with a provider when no other module calls
 * them. One depends on another when it reads the other's state, or calls it.
 */
import { posix } from 'node:path';
import { DiscoveryError } from '../../errors.ts';
import type { Scope } from '../hcl/evaluate.ts';
import type { HclFile } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import { isObject, type ObjectValue, objectOf, Unknown, type Value } from '../hcl/values.ts';
import { filesOfDirectory, type Session } from '../session.ts';
import { type Module, readModule } from './module.ts';
import { bodyValue, type StateIdentity, stateIdentity } from './state-identity.ts';

/**
 * A module that others call is a root, too, when it says where its own state is.
 * @param taken directories that are units already, or modules that they run
 */
export function rootModules(session: Session, taken: ReadonlySet<string>): Module[] {
  const modules = session.codeDirectories.map((directory) => readModule(session, directory));
  const code = modules.filter((module) => module !== undefined);
  const called = new Set(code.flatMap((module) => module.calls.map((call) => call.directory)));
  return code.filter(
    (module) =>
      !taken.has(module.directory) &&
      (called.has(module.directory) ? hasState(session, module) : isRoot(session, module)),
  );
}

function isRoot(session: Session, module: Module): boolean {
  // What does not parse may hold the backend.
  return hasState(session, module) || module.hasProvider || module.problem !== undefined;
}

function hasState(session: Session, module: Module): boolean {
  if (module.backend) return true;
  return session.tree
    .below(module.directory)
    .some((path) => path.endsWith('.tfstate') && posix.dirname(path) === module.directory);
}

/** By state, the directory of the unit that writes it. */
export function statesOf(session: Session, roots: readonly Module[]): Map<string, string> {
  const states = new Map<string, string>();
  for (const { directory, backend, scope } of roots) {
    for (const config of backend ? backendConfigurations(session, directory, backend.block, scope) : [objectOf([])]) {
      const identity = stateIdentity(session.tree, directory, backend?.type ?? 'local', config);
      if (typeof identity === 'string') states.set(identity, directory);
    }
  }
  return states;
}

/** Files that `terraform init -backend-config=` may be given. */
const backendFile = /\.tfbackend$|(^|\/)backend[^/]*\.(hcl|conf|tfvars)$/;

/**
 * The block, completed by each of the files for it that lie in the directory: where there is one for each environment, the unit
 * may write any of these states.
 */
function backendConfigurations(session: Session, directory: string, block: Block, scope: Scope): ObjectValue[] {
  const written = bodyValue(block.body, scope);
  const files = filesOfDirectory(session, directory).filter((path) => backendFile.test(path));
  return [written, ...files.map((path) => ({ ...written, ...fileValue(session, path, scope) }))];
}

function fileValue(session: Session, path: string, scope: Scope): ObjectValue {
  try {
    const file = session.files.parse(path);
    return file ? bodyValue(file.body, scope) : objectOf([]);
  } catch (error) {
    if (error instanceof DiscoveryError) return objectOf([]);
    throw error;
  }
}

export interface StateLink {
  identity: StateIdentity;
  file: HclFile;
  at: number;
}

/** The states that a unit reads, in its own code and in the modules that it calls. */
export function stateLinks(session: Session, root: Module): StateLink[] {
  return linksIn(session, root, root.scope, [root.directory]);
}

/** @param path directories from the root to `module` */
function linksIn(session: Session, module: Module, scope: Scope, path: readonly string[]): StateLink[] {
  const own = module.remoteStates.flatMap(({ file, block }) =>
    instances(block, scope).map((one) => ({
      identity: readState(session, path[0] as string, bodyValue(block.body, one)),
      file,
      at: block.at,
    })),
  );
  const called = module.calls.flatMap(({ directory, block }) => {
    const inner = path.includes(directory) ? undefined : readModule(session, directory);
    if (inner === undefined) return [];
    return instances(block, scope).flatMap((one) => {
      const given = bodyValue(block.body, one);
      return linksIn(
        session,
        inner,
        inner.calledWith((name) => given[name]),
        [...path, directory],
      );
    });
  });
  return [...own, ...called];
}

function readState(session: Session, unit: string, { backend, config }: ObjectValue): StateIdentity {
  if (backend instanceof Unknown) return backend;
  if (config instanceof Unknown) return config;
  if (typeof backend !== 'string') return undefined;
  return stateIdentity(session.tree, unit, backend, isObject(config) ? config : objectOf([]));
}

/** One scope for each element of `for_each` or number below `count`; where these can't be known, one in which `each` can't. */
function instances(block: Block, scope: Scope): Scope[] {
  const { for_each: forEach, count } = bodyValue(block.body, scope);
  const inside = (name: string, value: Value): Scope => ({
    variable: (asked) => (asked === name ? value : scope.variable(asked)),
    function: (asked) => scope.function(asked),
  });
  const each = (key: Value, value: Value) =>
    inside(
      'each',
      objectOf([
        ['key', key],
        ['value', value],
      ]),
    );
  if (Array.isArray(forEach)) return forEach.map((item) => each(item, item));
  if (isObject(forEach)) return Object.entries(forEach).map(([key, value]) => each(key, value));
  if (typeof count !== 'number') return [scope];
  return Array.from({ length: count }, (_, index) => inside('count', objectOf([['index', index]])));
}
