/** Decides as the demo's script says, and says so. */
import type { Approver, GiveDecision } from './follow.ts';
import { paint } from './paint.ts';

export function scriptedApprover(
  give: GiveDecision,
  rollback: () => readonly string[],
  tell: (line: string) => void,
): Approver {
  return {
    async unit({ delivery, unit, about }, { asks = [] }) {
      for (const reason of asks) tell(paint('yellow', `asks       ${unit}  ${reason}`));
      tell(paint('cyan', `approve    ${about === 'rollback' ? 'the rollback of ' : ''}${unit}`));
      await give({ delivery, unit, decision: 'approve' }, 'script');
    },
    async rollback({ delivery, modified, troubled }) {
      const units = rollback().filter((path) => modified.includes(path));
      const decision = { delivery, decision: 'decline', rollback: 'selective', units } as const;
      tell(paint('yellow', `${troubled.join(', ')} went wrong; applied and still there: ${modified.join(', ')}`));
      tell(paint('cyan', 'decide     in the Step Functions console, by starting the state machine "decision" with'));
      tell(paint('cyan', `           ${JSON.stringify(decision)}`));
      tell(await give(decision, 'console'));
    },
  };
}
