/**
 * Terraform's and OpenTofu's units: directories of code with a backend or a state, or with a provider when no other module calls
 * them. One depends on another when it reads the other's state, or calls it.
 */
import { posix } from 'node:path';
import type { Session } from '../session.ts';
import { type Module, readModule } from './module.ts';
import { chosenCalls } from './run.ts';

/**
 * A module that others call is a root, too, when it says where its own state is.
 * @param taken directories that are units already, or modules that they run
 */
export function rootModules(session: Session, taken: ReadonlySet<string>): Module[] {
  const modules = session.codeDirectories.map((directory) => readModule(session, directory));
  const code = modules.filter((module) => module !== undefined);
  const called = new Set(
    code.flatMap((module) => [...module.calls, ...chosenCalls(session, module)].map((call) => call.directory)),
  );
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
