/**
 * Terraform's and OpenTofu's units: directories of code with a backend, a provider or a state, that no other module calls.
 * One depends on another when it reads the other's state.
 */
import { posix } from 'node:path';
import { errorAt, type HclFile } from '../hcl/file.ts';
import { isObject, objectOf, Unknown } from '../hcl/values.ts';
import type { Session } from '../session.ts';
import { type Module, readModule } from './module.ts';
import { bodyValue, type StateIdentity, stateIdentity } from './state-identity.ts';

/** @param taken directories that are units already, or modules that they run */
export function rootModules(session: Session, taken: ReadonlySet<string>): Module[] {
  const modules = session.codeDirectories.map((directory) => readModule(session, directory));
  const code = modules.filter((module) => module !== undefined);
  const called = new Set(code.flatMap((module) => module.calls));
  return code.filter(
    (module) => !taken.has(module.directory) && !called.has(module.directory) && isRoot(session, module),
  );
}

function isRoot(session: Session, module: Module): boolean {
  // What does not parse may hold the backend.
  if (module.backend || module.hasProvider || module.problem) return true;
  return session.tree
    .below(module.directory)
    .some((path) => path.endsWith('.tfstate') && posix.dirname(path) === module.directory);
}

/** By state, the directory of the unit that writes it. */
export function statesOf(session: Session, roots: readonly Module[]): Map<string, string> {
  const states = new Map<string, string>();
  for (const { directory, backend, scope } of roots) {
    const config = backend ? bodyValue(backend.block.body, scope) : objectOf([]);
    const identity = stateIdentity(session.tree, directory, backend?.type ?? 'local', config);
    if (typeof identity === 'string') states.set(identity, directory);
  }
  return states;
}

export interface StateLink {
  identity: StateIdentity;
  file: HclFile;
  at: number;
}

/** The states that a unit reads, in its own code and in the modules that it calls. */
export function stateLinks(session: Session, unit: string, modules: readonly Module[]): StateLink[] {
  return modules.flatMap((module) =>
    module.remoteStates.map(({ file, block }) => {
      const settings = bodyValue(block.body, module.scope);
      const { backend, config } = settings;
      if (backend instanceof Unknown) return { identity: backend, file, at: block.at };
      if (typeof backend !== 'string')
        throw errorAt(file, block.at, 'the data source terraform_remote_state needs a backend.');
      if (config instanceof Unknown) return { identity: config, file, at: block.at };
      const identity = stateIdentity(session.tree, unit, backend, isObject(config) ? config : objectOf([]));
      return { identity, file, at: block.at };
    }),
  );
}
