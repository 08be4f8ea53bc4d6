/** The states of a unit: which it writes and which it reads. Plain data. */
import { Unknown } from '../hcl/values.ts';
import { UnknownState } from './state-of.ts';

export interface States {
  /** Mostly one; several where files say which it may be. None where it can't be known. */
  writes: readonly string[];
  /** Why it can't be known which state it writes; undefined where it can. */
  unknown: string | undefined;
  /** What is known of it then, as text; none where that isn't enough to compare it with others. */
  partly: readonly string[];
  reads: readonly ReadState[];
}

export interface ReadState {
  state: string;
  /** Where it says so: `file:line:column`. */
  place: string;
}

export const noStates: States = { writes: [], unknown: undefined, partly: [], reads: [] };

/** What a unit writes that may have any of these backends' configurations. */
export function written(found: readonly (string | Unknown)[]): Pick<States, 'writes' | 'unknown' | 'partly'> {
  const writes = [...new Set(found.filter((state) => typeof state === 'string'))];
  const unknown = found.find((state) => state instanceof Unknown);
  if (writes.length > 0) return { writes, unknown: undefined, partly: [] };
  const partly = found.filter((state) => state instanceof UnknownState).map(({ known }) => known);
  return { writes, unknown: unknown?.reason, partly };
}
