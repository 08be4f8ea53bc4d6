/**
 * Terraform's and OpenTofu's units: directories of code with a backend or a state, or with a provider when no other module calls
 * them. One depends on another when it reads the other's state, or calls it.
 */
import { posix } from 'node:path';
import type { Session } from '../session.ts';
import { type Module, readModule } from './module.ts';

/** A directory of code, as far as it tells which ones are units. Plain data. */
export interface Candidate {
  directory: string;
  /** Directories of the local modules that it calls. */
  calls: readonly string[];
  hasState: boolean;
  /** Whether it is a root where no other module calls it. */
  looksLikeRoot: boolean;
}

export function candidateIn(session: Session, directory: string): Candidate {
  const module = readModule(session, directory);
  if (module === undefined) return { directory, calls: [], hasState: false, looksLikeRoot: false };
  const calls = [...module.calls, ...module.chosenAsRoot].map((call) => call.directory);
  const withState = hasState(session, module);
  return {
    directory,
    calls: [...new Set(calls)],
    hasState: withState,
    // What does not parse may hold the backend.
    looksLikeRoot: withState || module.hasProvider || module.problem !== undefined,
  };
}

/**
 * The directories of the root modules among them. A module that others call is one, too, when it says where its own state is.
 * @param taken directories that are units already, or modules that they run
 */
export function rootsAmong(candidates: readonly Candidate[], taken: ReadonlySet<string>): string[] {
  const called = new Set(candidates.flatMap(({ calls }) => calls));
  return candidates
    .filter(
      ({ directory, hasState, looksLikeRoot }) =>
        !taken.has(directory) && (called.has(directory) ? hasState : looksLikeRoot),
    )
    .map(({ directory }) => directory);
}

export function hasState({ tree }: Session, { backend, directory }: Module): boolean {
  if (backend) return true;
  return tree.below(directory).some((path) => path.endsWith('.tfstate') && posix.dirname(path) === directory);
}
