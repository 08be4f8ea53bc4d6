/** The states of a unit: which it writes and which it reads. Plain data. */
import { Unknown } from '../hcl/values.ts';

export interface States {
  /** Mostly one; several where files say which it may be. None where it can't be known. */
  writes: readonly string[];
  /** Why it can't be known which state it writes; undefined where it can. */
  unknown: string | undefined;
  reads: readonly ReadState[];
}

export interface ReadState {
  state: string;
  /** Where it says so: `file:line:column`. */
  place: string;
}

export const noStates: States = { writes: [], unknown: undefined, reads: [] };

/** What a unit writes that may have any of these backends' configurations. */
export function written(found: readonly (string | Unknown)[]): Pick<States, 'writes' | 'unknown'> {
  const writes = [...new Set(found.filter((state) => typeof state === 'string'))];
  const unknown = found.find((state) => state instanceof Unknown);
  return { writes, unknown: writes.length > 0 ? undefined : unknown?.reason };
}
