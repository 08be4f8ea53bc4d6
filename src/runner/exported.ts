/** What a build tells the pipeline: the exported variable `LIVE_CI_RESULT`. Small, since it runs through the execution's data. */
import type { Durations, RunResult } from '../model.ts';

export interface ExportedResult {
  unit: string;
  outcome: RunResult['outcome'];
  /** Dependents may go on. */
  ok: boolean;
  /** SHA-256 of the plan file. */
  plan: string | null;
  add: number;
  change: number;
  destroy: number;
  durations: Durations;
}

export function exportResult({ unit, outcome, plan, counts, durations }: RunResult): ExportedResult {
  return {
    unit,
    outcome,
    ok: outcome === 'planned' || outcome === 'unchanged' || outcome === 'applied',
    plan,
    ...counts,
    durations,
  };
}
