/** What a build tells the state machine `build`: the exported variable `LIVE_CI_RESULT`. Small, since it runs through data. */
import type { Durations, RunResult } from '../model.ts';

export interface ExportedResult extends Partial<Pick<RunResult['counts'], 'add' | 'change' | 'destroy'>> {
  outcome: RunResult['outcome'];
  /** Dependents may go on. */
  ok?: true;
  durations?: Durations;
  /** SHA-256 of the plan file that is to be asked about. */
  plan?: string | null;
}

export function exportResult({ outcome, plan, counts, durations }: RunResult): ExportedResult {
  const { add, change, destroy } = counts;
  if (outcome === 'planned') return { outcome, plan, add, change, destroy };
  return outcome === 'applied' || outcome === 'unchanged' ? { outcome, ok: true, durations } : { outcome };
}
