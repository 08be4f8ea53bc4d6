/** A decision in words: who gave it, when and why. One line, in which nothing from outside can do harm. */
import type { DecisionKind } from '../model.ts';
import { shown } from '../plain-text.ts';
import { minuteOf } from '../time-in-words.ts';
import type { Cancelled } from './request.ts';

export interface DecisionToTell {
  decision: DecisionKind;
  /** As the doors know them, in the order in which they decided. */
  voters: readonly string[];
  at: string;
  comment: string | null;
}

const done = {
  approve: 'approved',
  decline: 'declined',
  replan: 'to be planned again',
  cancel: 'cancelled',
  retry: 'to be tried again',
  reconsider: 'to be asked about again',
} as const satisfies Record<DecisionKind, string>;

/** "declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”" */
export function decisionInWords({ decision, voters, at, comment }: DecisionToTell): string {
  const who = voters.map(voterInWords).join(', ');
  return `${done[decision]} by ${who} on ${minuteOf(at)}${comment === null ? '' : `: “${shown(comment)}”`}`;
}

/** Who cancelled a delivery, when and why. */
export function cancelInWords({ voter, at, comment }: Pick<Cancelled, 'voter' | 'at' | 'comment'>): string {
  return decisionInWords({ decision: 'cancel', voters: [voter], at, comment });
}

/** An address as it is; of somebody who came without one, the door. What is told of the person there, the door took at their word. */
export function voterInWords(voter: string): string {
  const atCommandLine = /^console:cli-(.+)-[0-9a-f]{8}-[0-9a-f]{4}$/.exec(voter)?.[1];
  if (atCommandLine !== undefined) return `${shown(atCommandLine)} (command line)`;
  return shown(voter.startsWith('console:') ? `${voter.slice('console:'.length)} (console)` : voter);
}
