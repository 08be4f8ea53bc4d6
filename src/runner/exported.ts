/** What a build tells the state machine `build`: the exported variable `LIVE_CI_RESULT`. Small, since it runs through data. */
import type { Durations, RunResult } from '../model.ts';

export interface ExportedResult extends Partial<Pick<RunResult['counts'], 'add' | 'change' | 'destroy'>> {
  outcome: RunResult['outcome'];
  /** Dependents may go on. */
  ok?: true;
  durations?: Durations;
  /** Names the plan that is to be asked about. */
  plan?: string | null;
  /** Of the plan of a rollback: somebody has to approve it. */
  ask?: boolean;
}

export function exportResult({ action, outcome, plan, counts, durations, asks }: RunResult): ExportedResult {
  // Nothing is left to go back on.
  if (action === 'plan-rollback' && outcome === 'unchanged') return { outcome: 'rolled-back' };
  const { add, change, destroy } = counts;
  const ask = action === 'plan-rollback' ? { ask: asks !== undefined && asks.length > 0 } : {};
  if (outcome === 'planned') return { outcome, plan, add, change, destroy, ...ask };
  return outcome === 'applied' || outcome === 'unchanged' ? { outcome, ok: true, durations } : { outcome };
}
