/** What people are told of a unit whose state is another one than that of the code that is applied. Pure. */
import { saysOtherState } from '../discovery/states/moves.ts';
import type { DeliveryUnit, RunResult } from '../model.ts';
import { shown } from '../plain-text.ts';
import type { Planner } from './bucket-keys.ts';

export interface OtherState {
  before: string;
  /** How many resources that one holds; null when they were not counted. */
  holds: number | null;
}

/** @returns null where the state is the same, and of a plan that goes back: nothing is left behind by that. */
export function otherStateOf(
  { stateBefore }: Pick<DeliveryUnit, 'stateBefore'>,
  about: Planner,
  plan: Pick<RunResult, 'heldBefore'> | undefined,
): OtherState | null {
  if (stateBefore === undefined || about === 'rollback') return null;
  return { before: stateBefore, holds: plan?.heldBefore ?? null };
}

export function otherStateInWords({ holds }: Pick<OtherState, 'holds'>): string {
  return `${saysOtherState}: ${staying(holds)}`;
}

/** With where the old one is. */
export function otherStateInFull(other: OtherState): string {
  return `${otherStateInWords(other)} (${shown(other.before)})`;
}

function staying(holds: number | null): string {
  if (holds === null) return 'what the old one holds stays in it';
  if (holds === 0) return 'nothing is left in the old one';
  return holds === 1 ? 'one resource stays in the old one' : `${holds} resources stay in the old one`;
}
