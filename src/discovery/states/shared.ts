/** Units that write one state. */
import { DiscoveryError } from '../../errors.ts';
import type { Discovered } from '../discover.ts';

/**
 * Each of them plans to destroy what the others have made: that is a problem of them all, and the same one. Units of which can't be known which
 * state they write are not compared, and one that may write several is only like one that may write the very same.
 */
export function noteSharedStates(units: ReadonlyMap<string, Discovered>): void {
  const known = [...units.values()].filter(({ runnable, states }) => runnable && states.writes.length > 0);
  const nameOf = ({ states: { writes } }: Discovered) =>
    writes.length === 1 ? (writes[0] as string) : [...writes].sort().join('\n');
  if (new Set(known.map(nameOf)).size === known.length) return;
  for (const sharing of Map.groupBy(known, nameOf).values()) {
    if (sharing.length === 1) continue;
    const paths = sharing.map(({ path }) => path);
    const problem = new DiscoveryError(
      `${paths.slice(0, -1).join(', ')} and ${paths.at(-1)} write the same state (${sharing[0]?.states.writes.join(', or ')}), so each would destroy what the other has made; give each a state of its own, or delete all but one of them.`,
    );
    for (const one of sharing) one.problem ??= problem;
  }
}
