/** Which units write a state. Pure. */
import { statesOfWhichItMayBeAWorkspace, withoutWorkspacePrefix } from './state-of.ts';

export interface Writers {
  /** Paths of units by the state that they write. */
  byState: ReadonlyMap<string, readonly string[]>;
  /** The same of those that say where their workspaces lie, by the name that their default workspace has. */
  byDefaultWorkspace: ReadonlyMap<string, readonly string[]>;
}

export function writersOf(units: Iterable<{ path: string; writes: readonly string[] }>): Writers {
  const byState = new Map<string, string[]>();
  const byDefaultWorkspace = new Map<string, string[]>();
  for (const { path, writes } of units)
    for (const state of writes) {
      add(byState, state, path);
      const short = withoutWorkspacePrefix(state);
      if (short !== undefined) add(byDefaultWorkspace, short, path);
    }
  return { byState, byDefaultWorkspace };
}

function add(to: Map<string, string[]>, state: string, path: string): void {
  const others = to.get(state);
  if (others) others.push(path);
  else to.set(state, [path]);
}

/**
 * The units whose state is read by this name: those that write it; those of whose workspaces it is one; and, where it could be nobody else's,
 * one that only says besides where its workspaces lie.
 */
export function writing(state: string, { byState, byDefaultWorkspace }: Writers): readonly string[] {
  const own = byState.get(state);
  if (own) return own;
  for (const one of statesOfWhichItMayBeAWorkspace(state)) {
    const found = byState.get(one);
    if (found) return found;
  }
  const close = byDefaultWorkspace.get(state) ?? [];
  return close.length === 1 ? close : [];
}
